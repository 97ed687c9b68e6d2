import * as z from "zod";
import { PATTERN_LIMITS } from "../limits.ts";
import {
  type Ask,
  definePattern,
  type PatternAction,
  type PatternEvent,
  type Setup,
  type SetupFinding,
} from "../pattern.ts";
import { campsOf } from "./ballot.ts";
import { all } from "./members.ts";

const Config = z.strictObject({
  /** More votes than any other choice, or more than half of all that were asked. */
  method: z.enum(["plurality", "majority"]).default("majority"),
  /** Votes that must be cast. @default - more than half */
  quorum: z.int().min(1).max(PATTERN_LIMITS.roles).optional(),
  /** What becomes of a vote that nobody wins: another one among the foremost, the first of them, or a failure. */
  tie: z.enum(["rerun", "first", "fail"]).default("rerun"),
});
type Config = z.infer<typeof Config>;

const Vote = z.object({ voter: z.string(), choice: z.unknown().optional() });

const State = z.object({
  goal: z.unknown().optional(),
  round: z.int(),
  open: z.int(),
  votes: z.array(Vote),
  /** What is chosen among in the second round. */
  options: z.array(z.unknown()),
});
type State = z.infer<typeof State>;

/** Several decide by votes that they cast without knowing each other's. */
export const voting = definePattern<Config, State>({
  name: "voting",
  version: 1,
  does: "Several agents vote without knowing each other's votes; a vote that nobody wins is repeated once among the foremost.",
  members: { voters: { least: 1, most: PATTERN_LIMITS.roles, does: "cast one vote each" } },
  config: Config,
  state: State,
  kinds: ["vote"],
  countsAgents: true,
  check: findings,
  init: () => ({ round: 0, open: 0, votes: [], options: [] }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return nextRound(state, setup);
      case "answered":
      case "failed":
        return cast(state, setup, event);
      case "exhausted":
      case "idle":
        return giveUp(state, setup);
      default:
        return [];
    }
  },
  bound: "voters; twice that where a tie is voted on again",
  callsBound: ({ config, members }) => all(members, "voters").length * (config.tie === "rerun" ? 2 : 1),
  best: (state, setup) => outputOf(state, setup),
});

function findings({ config, members }: Setup<Config>): SetupFinding[] {
  const voters = all(members, "voters").length;
  if ((config.quorum ?? 1) <= voters) return [];
  return [
    {
      path: ["quorum"],
      message: `${config.quorum} of ${voters} voters cannot vote`,
      remedy: "lower quorum, or add voters",
    },
  ];
}

function nextRound(state: State, { members }: Setup<Config>): readonly Ask[] {
  state.round += 1;
  const voters = all(members, "voters");
  state.open = voters.length;
  state.votes = [];
  const message = { goal: state.goal, ...(state.options.length === 0 ? {} : { options: state.options }) };
  return voters.map((role, place) => {
    const id = `vote.${state.round}.${place}`;
    return {
      do: "ask",
      id,
      role,
      kind: "vote",
      message: { ...message, you_are: `voter-${place + 1}` },
      thread: `voter ${place}`,
    };
  });
}

type Ballot = Extract<PatternEvent, { kind: "answered" | "failed" }>;

function cast(state: State, setup: Setup<Config>, event: Ballot): readonly PatternAction[] {
  state.open -= 1;
  if (event.kind === "answered") {
    const { choice } = z.object({ choice: z.unknown() }).parse(event.output);
    state.votes.push({ voter: `voter-${Number(event.id.split(".")[2]) + 1}`, choice });
  }
  return state.open > 0 ? [] : conclude(state, setup);
}

function conclude(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const { config, members } = setup;
  const asked = all(members, "voters").length;
  const quorum = config.quorum ?? Math.floor(asked / 2) + 1;
  if (state.votes.length < quorum) {
    return [
      { do: "fail", code: "NoQuorum", message: `${state.votes.length} of ${asked} voters voted, ${quorum} are needed` },
    ];
  }
  const camps = campsOf(state.votes, ({ choice }) => choice);
  const [first, second] = camps;
  const votes = first?.entries.length ?? 0;
  const isWon = votes > (second?.entries.length ?? 0) && (config.method === "plurality" || votes * 2 > asked);
  if (isWon || config.tie === "first") return [{ do: "finish", output: outputOf(state, setup) ?? {} }];
  if (config.tie === "rerun" && state.round === 1 && camps.length > 1) {
    state.options = camps
      .filter(({ entries }) => entries.length >= (second?.entries.length ?? 0))
      .map(({ value }) => value);
    return nextRound(state, setup);
  }
  const counts = camps.map(({ entries }) => entries.length).join(", ");
  return [
    {
      do: "fail",
      code: "NoMajority",
      message: `${asked} voters cast ${counts} votes for ${camps.length} choices: nobody has won`,
    },
  ];
}

/** The votes that there are count, where a bound ends it. */
function giveUp(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const output = outputOf(state, setup);
  return output === undefined
    ? [{ do: "fail", code: "NoQuorum", message: "nobody has voted" }]
    : [{ do: "finish", output }];
}

function outputOf({ votes, round }: State, { members }: Setup<Config>): Record<string, unknown> | undefined {
  const [winner, ...others] = campsOf(votes, ({ choice }) => choice);
  if (winner === undefined) return undefined;
  const dissent = others.map(({ value, entries }) => ({ choice: value, votes: entries.length }));
  return {
    result: winner.value,
    support: winner.entries.length,
    of: all(members, "voters").length,
    rounds: round,
    dissent,
  };
}
