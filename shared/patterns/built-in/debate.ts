import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import {
  type Ask,
  definePattern,
  type PatternAction,
  type PatternEvent,
  type Setup,
  type SetupFinding,
} from "../pattern.ts";
import { campsOf, Word } from "./ballot.ts";
import { all } from "./members.ts";

const Config = z.strictObject({
  rounds: z.int().min(1).max(10).default(2),
  /** Whether debaters see answers without names: names draw agents to whom they believe. */
  anonymous: z.boolean().default(true),
});
type Config = z.infer<typeof Config>;

const Debater = z.object({
  role: z.string(),
  agent: z.string().optional(),
  said: Word.optional(),
  isOut: z.boolean(),
  isOpen: z.boolean(),
});

const State = z.object({
  goal: z.unknown().optional(),
  round: z.int(),
  debaters: z.array(Debater),
  judged: Word.optional(),
});
type State = z.infer<typeof State>;

/** Several answer, read each other's answers and answer again; then one decides, or the most. */
export const debate = definePattern<Config, State>({
  name: "debate",
  version: 1,
  does: "Several agents answer, read what the others answered and answer again, until they agree; else a judge decides, or the most.",
  members: {
    debaters: { least: 1, most: PATTERN_LIMITS.roles, does: "answer, and answer again" },
    judge: { least: 0, most: 1, does: "decides where they do not agree" },
  },
  config: Config,
  state: State,
  kinds: ["propose", "revise", "judge"],
  countsAgents: true,
  check: findings,
  init: ({ members }) => ({
    round: 0,
    debaters: all(members, "debaters").map((role) => ({ role, isOut: false, isOpen: false })),
  }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return nextRound(state, setup);
      case "answered":
      case "failed":
        return event.id === "judge" ? decided(state, event) : heardOf(state, setup, event);
      case "exhausted":
      case "idle":
        return finish(state);
      default:
        return [];
    }
  },
  bound: "debaters × rounds, and 1 with a judge",
  callsBound: ({ config, members }) => all(members, "debaters").length * config.rounds + all(members, "judge").length,
  best: (state) => outputOf(state),
});

function findings({ members }: Setup<Config>): SetupFinding[] {
  if (all(members, "debaters").length >= 2) return [];
  return [
    {
      path: [],
      message: "one debater has nobody to argue with",
      remedy: "name more roles in members.debaters, or give its role a count",
    },
  ];
}

function nextRound(state: State, { config }: Setup<Config>): readonly Ask[] {
  state.round += 1;
  const words = state.debaters.map(({ said }) => said);
  return state.debaters.flatMap((debater, place): Ask[] => {
    if (debater.isOut) return [];
    debater.isOpen = true;
    const others = words.flatMap((word, at) => {
      if (word === undefined || at === place) return [];
      return [config.anonymous ? word : { debater: `debater-${at + 1}`, ...word }];
    });
    const message = {
      goal: state.goal,
      you_are: `debater-${place + 1}`,
      ...(state.round === 1 ? {} : { you_said: words[place], others }),
    };
    const ask = { do: "ask", id: `say.${state.round}.${place}`, role: debater.role, message } as const;
    const kind = state.round === 1 ? "propose" : "revise";
    return [
      { ...ask, kind, round: state.round, ofRounds: config.rounds, agent: debater.agent, thread: `debater ${place}` },
    ];
  });
}

type Said = Extract<PatternEvent, { kind: "answered" | "failed" }>;

/** Who falls silent is out: what it said before is read no more. */
function heardOf(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  const debater = present(state.debaters[Number(event.id.split(".")[2])]);
  debater.isOpen = false;
  if (event.kind === "failed") {
    debater.isOut = true;
    debater.said = undefined;
  } else {
    debater.said = Word.parse(event.output);
    if (event.agent !== "") debater.agent = event.agent;
  }
  return state.debaters.some(({ isOpen }) => isOpen) ? [] : endRound(state, setup);
}

function endRound(state: State, { config, members }: Setup<Config>): readonly PatternAction[] {
  const left = state.debaters.filter(({ isOut }) => !isOut);
  const judge = all(members, "judge")[0];
  const camps = campsOf(left, ({ said }) => said?.answer);
  if (camps.length === 1 && left.length > 1) return finish(state);
  if (state.round < config.rounds && left.length > 1) return nextRound(state, { config, members });
  if (judge === undefined || left.length === 0) return finish(state);
  const answers = left.map(({ said }) => present(said));
  return [{ do: "ask", id: "judge", role: judge, kind: "judge", message: { goal: state.goal, answers } }];
}

/** Where the judge fails, the most decide. */
function decided(state: State, event: Said): readonly PatternAction[] {
  if (event.kind === "answered") state.judged = Word.parse(event.output);
  return finish(state);
}

function finish(state: State): readonly PatternAction[] {
  const output = outputOf(state);
  return output === undefined
    ? [{ do: "fail", code: "NoResult", message: "no debater has answered" }]
    : [{ do: "finish", output }];
}

function outputOf({ debaters, judged, round }: State): Record<string, unknown> | undefined {
  const spoken = debaters.filter(({ said }) => said !== undefined);
  const camps = campsOf(spoken, ({ said }) => said?.answer);
  const [largest] = camps;
  if (largest === undefined) return undefined;
  const agreed = camps.length === 1 && spoken.length > 1;
  const decidedBy = agreed ? "agreement" : judged === undefined ? "majority" : "judge";
  const words =
    agreed || judged === undefined ? { result: largest.value } : { result: judged.answer, rationale: judged.rationale };
  return { ...words, decided_by: decidedBy, support: largest.entries.length, of: debaters.length, rounds: round };
}
