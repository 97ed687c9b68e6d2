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
import { campsOf, textOf, Word } from "./ballot.ts";
import { all } from "./members.ts";

const Role = z.string().min(1).max(PATTERN_LIMITS.nameCharacters);

const Config = z.strictObject({
  /** Who hears whom: everybody, two neighbours in a circle, the first and each other one, or as `edges` says. */
  topology: z.enum(["full", "ring", "star", "edges"]).default("full"),
  /** Of `edges`: whom each role hears. */
  edges: z.record(Role, z.array(Role).max(PATTERN_LIMITS.roles)).optional(),
  rounds: z.int().min(1).max(20).default(4),
  /** Members that must answer in a round. @default - more than half */
  quorum: z.int().min(1).max(PATTERN_LIMITS.roles).optional(),
  stop: z.enum(["no_change", "agreement", "rounds"]).default("no_change"),
});
type Config = z.infer<typeof Config>;

const Peer = z.object({
  role: z.string(),
  /** Who answered for it; the same agent is asked again. */
  agent: z.string().optional(),
  said: Word.optional(),
  /** It did not answer in this round: its last word stands. */
  isStale: z.boolean(),
  isOpen: z.boolean(),
  hasChanged: z.boolean(),
});
type Peer = z.infer<typeof Peer>;

const State = z.object({ goal: z.unknown().optional(), round: z.int(), peers: z.array(Peer) });
type State = z.infer<typeof State>;

/** Equals among themselves: each round everybody hears neighbours and may change its mind. */
export const network = definePattern<Config, State>({
  name: "network",
  version: 1,
  does: "Equals answer side by side; each round every one hears its neighbours and may change its mind, until nobody does or the rounds are over.",
  members: { peers: { least: 1, most: PATTERN_LIMITS.roles, does: "answer, hear each other, and answer again" } },
  config: Config,
  state: State,
  kinds: ["exchange"],
  countsAgents: true,
  check: findings,
  init: ({ members }) => ({
    goal: undefined,
    round: 0,
    peers: all(members, "peers").map((role) => ({ role, isStale: false, isOpen: false, hasChanged: false })),
  }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return nextRound(state, setup);
      case "answered":
      case "failed":
        return heardOf(state, setup, event);
      case "exhausted":
      case "idle":
        return finish(state);
      default:
        return [];
    }
  },
  bound: "peers × rounds",
  callsBound: ({ config, members }) => all(members, "peers").length * config.rounds,
  best: (state) => outputOf(state),
});

function findings({ config, members }: Setup<Config>): SetupFinding[] {
  const peers = all(members, "peers");
  const found: SetupFinding[] = [];
  if (peers.length < 2)
    found.push({
      path: [],
      message: "a network of one has nobody to hear",
      remedy: "name more roles in members.peers, or give its role a count",
    });
  if ((config.quorum ?? 1) > peers.length)
    found.push({
      path: ["quorum"],
      message: `${config.quorum} of ${peers.length} peers cannot answer`,
      remedy: "lower quorum, or add peers",
    });
  if (config.topology === "edges" && config.edges === undefined)
    found.push({
      path: ["topology"],
      message: "edges are not given",
      remedy: "add edges: {role: [roles that it hears]}",
    });
  for (const [role, heard] of Object.entries(config.edges ?? {})) {
    for (const one of [role, ...heard]) {
      if (!peers.includes(one))
        found.push({
          path: ["edges", role],
          message: `"${one}" is no peer`,
          remedy: `name one of ${[...new Set(peers)].join(", ")}`,
        });
    }
  }
  return found;
}

/** Whom a peer hears, by place. */
function neighbours(state: State, { config }: Setup<Config>, place: number): readonly number[] {
  const size = state.peers.length;
  const others = state.peers.map((_, at) => at).filter((at) => at !== place);
  switch (config.topology) {
    case "full":
      return others;
    case "ring":
      return others.filter((at) => (at + 1) % size === place || (place + 1) % size === at);
    case "star":
      return place === 0 ? others : [0];
    case "edges": {
      const heard = new Map(Object.entries(present(config.edges))).get(present(state.peers[place]).role) ?? [];
      return others.filter((at) => heard.includes(present(state.peers[at]).role));
    }
    default:
      return config.topology satisfies never;
  }
}

/** All are asked with what was said in the round before: nobody is ahead. */
function nextRound(state: State, setup: Setup<Config>): readonly Ask[] {
  state.round += 1;
  const before = structuredClone(state.peers);
  return state.peers.map((peer, place) => {
    peer.isOpen = true;
    peer.hasChanged = false;
    const heard = neighbours(state, setup, place).flatMap((at) => {
      const { said, isStale } = present(before[at]);
      return said === undefined ? [] : [{ peer: nameOf(state, at), ...said, ...(isStale ? { stale: true } : {}) }];
    });
    const message = { goal: state.goal, you_are: nameOf(state, place), you_said: peer.said ?? null, neighbours: heard };
    return {
      do: "ask",
      id: `say.${state.round}.${place}`,
      role: peer.role,
      kind: "exchange",
      round: state.round,
      ofRounds: setup.config.rounds,
      message,
      agent: peer.agent,
      thread: `peer ${place}`,
    };
  });
}

const nameOf = (state: State, place: number): string => `${present(state.peers[place]).role}-${place + 1}`;

function heardOf(
  state: State,
  setup: Setup<Config>,
  event: Extract<PatternEvent, { kind: "answered" | "failed" }>,
): readonly PatternAction[] {
  const peer = present(state.peers[Number(event.id.split(".")[2])]);
  peer.isOpen = false;
  peer.isStale = event.kind === "failed";
  if (event.kind === "answered") {
    const word = Word.parse(event.output);
    peer.hasChanged = textOf(word.answer) !== textOf(peer.said?.answer);
    peer.said = word;
    if (event.agent !== "") peer.agent = event.agent;
  } else peer.agent = undefined;
  return state.peers.some(({ isOpen }) => isOpen) ? [] : endRound(state, setup);
}

function endRound(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const { config } = setup;
  const { peers } = state;
  const answered = peers.filter(({ isStale }) => !isStale).length;
  const quorum = config.quorum ?? Math.floor(peers.length / 2) + 1;
  if (answered < quorum)
    return [
      {
        do: "fail",
        code: "NoQuorum",
        message: `${answered} of ${peers.length} peers answered in round ${state.round}, ${quorum} are needed`,
      },
    ];
  const isSettled =
    config.stop !== "rounds" &&
    (hasAgreement(peers) || (config.stop === "no_change" && !peers.some(({ hasChanged }) => hasChanged)));
  return isSettled || state.round >= config.rounds ? finish(state) : nextRound(state, setup);
}

const hasAgreement = (peers: readonly Peer[]): boolean => campsOf(peers, ({ said }) => said?.answer).length === 1;

function finish(state: State): readonly PatternAction[] {
  const output = outputOf(state);
  return output === undefined
    ? [{ do: "fail", code: "NoResult", message: "no peer has said anything" }]
    : [{ do: "finish", output }];
}

/** The answer that most peers gave; of as many the one of the first. */
function outputOf(state: State): Record<string, unknown> | undefined {
  const spoken = state.peers.filter(({ said }) => said !== undefined);
  const [largest] = campsOf(spoken, ({ said }) => said?.answer);
  if (largest === undefined) return undefined;
  const answers = state.peers.flatMap(({ said, isStale }, place) =>
    said === undefined ? [] : [{ peer: nameOf(state, place), ...said, ...(isStale ? { stale: true } : {}) }],
  );
  return {
    result: largest.value,
    support: largest.entries.length,
    of: state.peers.length,
    agreed: largest.entries.length === state.peers.length,
    rounds: state.round,
    answers,
  };
}
