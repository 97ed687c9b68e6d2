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
import { all } from "./members.ts";

const Role = z.string().min(1).max(PATTERN_LIMITS.nameCharacters);

const Config = z.strictObject({
  /** Who begins. @default - the first of the holders */
  start: Role.optional(),
  /** To whom each role may hand over. @default - to every other holder */
  to: z.record(Role, z.array(Role).max(PATTERN_LIMITS.roles)).optional(),
  /** @default - as many as there are holders */
  max_handoffs: z.int().min(0).max(50).optional(),
  max_visits: z.int().min(1).max(10).default(2),
  /** What the critic must give a result before it goes on; without a critic there is no gate. */
  min_quality: z.number().min(0).max(1).default(0.6),
});
type Config = z.infer<typeof Config>;

const Word = z.object({
  result: z.unknown(),
  summary: z.string().optional(),
  hand_to: z.string().nullish(),
  reason: z.string().optional(),
});

const State = z.object({
  goal: z.unknown().optional(),
  asks: z.int(),
  /** Roles that held it, the holder last. */
  path: z.array(z.string()),
  handoffs: z.int(),
  contributions: z.array(z.object({ role: z.string(), result: z.unknown(), summary: z.string().optional() })),
  /** What the critic is judging. */
  pending: Word.optional(),
  refused: z.array(z.object({ from: z.string(), to: z.string() })),
});
type State = z.infer<typeof State>;

/** Contributions that travel along; what was cut is said. */
const CARRIED = 20;

/** One agent at a time holds the work, and hands it over with everything that was done. */
export const handoff = definePattern<Config, State>({
  name: "handoff",
  version: 1,
  does: "One agent at a time holds the work; it hands over to another with everything that was done, or ends it. A failed gate or holder gives it back.",
  members: {
    holders: { least: 1, most: PATTERN_LIMITS.roles, does: "hold the work one after another" },
    critic: { least: 0, most: 1, does: "judges each result before it goes on" },
  },
  config: Config,
  state: State,
  kinds: ["handoff", "assess"],
  check: findings,
  init: () => ({ goal: undefined, asks: 0, path: [], handoffs: 0, contributions: [], refused: [] }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return [give(state, setup, { to: startOf(setup) })];
      case "answered":
        return event.id.startsWith("hold.") ? worked(state, setup, event) : judged(state, setup, event);
      case "failed":
        return event.id.startsWith("gate.")
          ? passOn(state, setup)
          : giveBack(state, setup, `${event.role} failed: ${event.code}`);
      case "exhausted":
      case "idle":
        return finish(state);
      default:
        return [];
    }
  },
  bound: "the less of max_handoffs + 1 and holders × max_visits; twice that with a critic",
  callsBound: (setup) =>
    Math.min(mostHandoffs(setup) + 1, all(setup.members, "holders").length * setup.config.max_visits) *
    (hasGate(setup) ? 2 : 1),
  best: (state) => outputOf(state),
});

const hasGate = ({ members }: Setup<Config>): boolean => all(members, "critic").length > 0;
const startOf = ({ config, members }: Setup<Config>): string => config.start ?? present(all(members, "holders")[0]);
const mostHandoffs = ({ config, members }: Setup<Config>): number =>
  config.max_handoffs ?? all(members, "holders").length;

function findings({ config, members }: Setup<Config>): SetupFinding[] {
  const holders = all(members, "holders");
  const named = [
    ...(config.start === undefined ? [] : [{ role: config.start, path: ["start"] }]),
    ...Object.entries(config.to ?? {}).flatMap(([from, to]) => [
      { role: from, path: ["to", from] },
      ...to.map((role, index) => ({ role, path: ["to", from, index] })),
    ]),
  ];
  return named.flatMap(({ role, path }) =>
    holders.includes(role)
      ? []
      : [
          {
            path,
            message: `"${role}" holds nothing here`,
            remedy: `name one of ${holders.join(", ")}, or add it to members.holders`,
          },
        ],
  );
}

const visitsOf = (state: State, role: string): number => state.path.filter((one) => one === role).length;

/** To whom the holder may hand over now. */
function allowed(state: State, setup: Setup<Config>, from: string): readonly string[] {
  const { config, members } = setup;
  if (state.handoffs >= mostHandoffs(setup)) return [];
  const listed =
    config.to === undefined ? all(members, "holders") : (new Map(Object.entries(config.to)).get(from) ?? []);
  return listed.filter((role) => role !== from && visitsOf(state, role) < config.max_visits);
}

function give(state: State, setup: Setup<Config>, { to, reason }: { to: string; reason?: string | undefined }): Ask {
  const from = state.path.at(-1);
  state.path.push(to);
  state.asks += 1;
  const carried = state.contributions.slice(-CARRIED);
  const message = {
    goal: state.goal,
    from: from ?? null,
    reason: reason ?? null,
    done_so_far: carried,
    omitted: state.contributions.length - carried.length,
    path: state.path,
    may_hand_to: allowed(state, setup, to),
  };
  return {
    do: "ask",
    id: `hold.${state.asks}`,
    role: to,
    kind: "handoff",
    round: state.handoffs + 1,
    ofRounds: mostHandoffs(setup) + 1,
    message,
  };
}

function worked(
  state: State,
  setup: Setup<Config>,
  { output }: Extract<PatternEvent, { kind: "answered" }>,
): readonly PatternAction[] {
  state.pending = Word.parse(output);
  const critic = all(setup.members, "critic")[0];
  if (critic === undefined) return passOn(state, setup);
  const { result, summary } = state.pending;
  return [
    {
      do: "ask",
      id: `gate.${state.asks}`,
      role: critic,
      kind: "assess",
      message: { goal: state.goal, by: state.path.at(-1), result, summary: summary ?? null },
    },
  ];
}

function judged(
  state: State,
  setup: Setup<Config>,
  { output }: Extract<PatternEvent, { kind: "answered" }>,
): readonly PatternAction[] {
  const { score, feedback } = z.object({ score: z.number(), feedback: z.string().optional() }).parse(output);
  if (score >= setup.config.min_quality) return passOn(state, setup);
  state.pending = undefined;
  return giveBack(state, setup, `the result was not good enough: ${feedback ?? `score ${score}`}`);
}

/** The result counts: on to whom the holder named, or to the end. */
function passOn(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const holder = present(state.path.at(-1));
  const { result, summary, reason, hand_to: to } = present(state.pending);
  state.pending = undefined;
  state.contributions.push({ role: holder, result, summary });
  if (typeof to !== "string") return finish(state);
  if (!allowed(state, setup, holder).includes(to)) {
    state.refused.push({ from: holder, to });
    return finish(state);
  }
  state.handoffs += 1;
  return [give(state, setup, { to, reason })];
}

/** Back to who held it before, with the reason. That is a handover as well. */
function giveBack(state: State, setup: Setup<Config>, reason: string): readonly PatternAction[] {
  const holder = state.path.at(-1);
  const before = state.path.findLast((role) => role !== holder);
  const mayReturn =
    before !== undefined && state.handoffs < mostHandoffs(setup) && visitsOf(state, before) < setup.config.max_visits;
  if (!mayReturn)
    return [{ do: "fail", code: "HandoffFailed", message: `${reason}; nobody is left to give it back to` }];
  state.handoffs += 1;
  return [give(state, setup, { to: before, reason })];
}

function finish(state: State): readonly PatternAction[] {
  const output = outputOf(state);
  return output === undefined
    ? [{ do: "fail", code: "NoResult", message: "no holder gave a result" }]
    : [{ do: "finish", output }];
}

function outputOf({ contributions, path, handoffs, refused }: State): Record<string, unknown> | undefined {
  const last = contributions.at(-1);
  if (last === undefined) return undefined;
  return {
    result: last.result,
    path,
    handoffs,
    contributions,
    ...(refused.length === 0 ? {} : { refused_handoffs: refused }),
  };
}
