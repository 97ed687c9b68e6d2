import * as z from "zod";
import { PATTERN_LIMITS } from "../limits.ts";
import { definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { all } from "./members.ts";

const Config = z.strictObject({
  /** How long bids are waited for. */
  bid_seconds: z.int().min(1).max(3600).default(30),
  /** What a bid is judged by; the least weighted sum wins. */
  weights: z.strictObject({ price: z.number().min(0).default(0.6), time: z.number().min(0).default(0.4) }).prefault({}),
  /** With fewer bids nothing is awarded. */
  min_bids: z.int().min(1).max(PATTERN_LIMITS.roles).default(1),
  /** How often the work is announced. */
  rounds: z.int().min(1).max(5).default(2),
});
type Config = z.infer<typeof Config>;

const Bid = z.object({ role: z.string(), agent: z.string(), price: z.number(), seconds: z.number() });
type Bid = z.infer<typeof Bid>;

const State = z.object({
  goal: z.unknown().optional(),
  round: z.int(),
  phase: z.enum(["bids", "work"]),
  /** Bidders that have not said anything in this round, by place. */
  waiting: z.array(z.int()),
  bids: z.array(Bid),
  awards: z.int(),
  winner: Bid.optional(),
});
type State = z.infer<typeof State>;

/** Work is announced, agents bid for it, and the best bid gets it; who fails is followed by the next. */
export const contractNet = definePattern<Config, State>({
  name: "contract_net",
  version: 1,
  does: "Work is announced, agents bid a price and a time, the best bid gets it; where the winner fails, the next does.",
  members: { bidders: { least: 1, most: PATTERN_LIMITS.roles, does: "bid, and do the work" } },
  config: Config,
  state: State,
  kinds: ["call_for_proposals", "accept_proposal"],
  countsAgents: true,
  init: () => ({ round: 0, phase: "bids", waiting: [], bids: [], awards: 0 }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return announce(state, setup);
      case "answered":
      case "failed":
        return event.id.startsWith("bid.") ? heardBid(state, setup, event) : heardWork(state, setup, event);
      case "timer":
        return state.phase === "bids" ? closeBids(state, setup) : [];
      default:
        return [];
    }
  },
  bound: "rounds × (2 × bidders + 1), each wait for bids counted as one",
  callsBound: ({ config, members }) => config.rounds * (2 * all(members, "bidders").length + 1),
  best: () => undefined,
});

/** Everybody is asked, and silence has an end. */
function announce(state: State, { config, members }: Setup<Config>): readonly PatternAction[] {
  const bidders = all(members, "bidders");
  state.round += 1;
  state.phase = "bids";
  state.bids = [];
  state.waiting = bidders.map((_, place) => place);
  const calls = bidders.map((role, place): PatternAction => {
    const message = { goal: state.goal, you_are: `bidder-${place + 1}`, reply_within_seconds: config.bid_seconds };
    const id = `bid.${state.round}.${place}`;
    return {
      do: "ask",
      id,
      role,
      kind: "call_for_proposals",
      round: state.round,
      ofRounds: config.rounds,
      message,
      thread: `bidder ${place}`,
    };
  });
  return [...calls, { do: "wait", id: `close.${state.round}`, seconds: config.bid_seconds }];
}

type Said = Extract<PatternEvent, { kind: "answered" | "failed" }>;
const Offer = z.object({
  price: z.number().optional(),
  seconds: z.number().optional(),
  refuse: z.boolean().optional(),
});

/** A refusal, a failure and a bid without a price are none. */
function heardBid(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  if (state.phase !== "bids") return [];
  const place = Number(event.id.split(".")[2]);
  state.waiting = state.waiting.filter((one) => one !== place);
  if (event.kind === "answered") {
    const { price, seconds = 0, refuse } = Offer.parse(event.output);
    if (price !== undefined && refuse !== true)
      state.bids.push({ role: event.role, agent: event.agent, price, seconds });
  }
  return state.waiting.length > 0 ? [] : closeBids(state, setup);
}

/** What is late is called off. */
function closeBids(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const late = state.waiting.map((place): PatternAction => ({ do: "cancel", id: `bid.${state.round}.${place}` }));
  const timer: PatternAction = { do: "cancel", id: `close.${state.round}` };
  state.waiting = [];
  if (state.bids.length < setup.config.min_bids) state.bids = [];
  state.bids = rank(state.bids, setup.config);
  return [...late, timer, ...award(state, setup)];
}

/** By weighted shares of the highest price and the longest time; of equals who was heard first. */
function rank(bids: readonly Bid[], { weights }: Config): Bid[] {
  const highest = Math.max(...bids.map(({ price }) => price), 0) || 1;
  const longest = Math.max(...bids.map(({ seconds }) => seconds), 0) || 1;
  const cost = ({ price, seconds }: Bid): number =>
    (weights.price * price) / highest + (weights.time * seconds) / longest;
  return [...bids].sort((a, b) => cost(a) - cost(b));
}

function award(state: State, setup: Setup<Config>): readonly PatternAction[] {
  state.phase = "work";
  const [winner, ...others] = state.bids;
  state.bids = others;
  state.winner = winner;
  if (winner === undefined) {
    if (state.round < setup.config.rounds) return announce(state, setup);
    return [{ do: "fail", code: "NoContractor", message: `nobody did the work in ${state.round} rounds of bids` }];
  }
  state.awards += 1;
  const { role, agent, price, seconds } = winner;
  const message = { goal: state.goal, your_bid: { price, seconds }, award: `${state.round}.${state.awards}` };
  return [
    {
      do: "ask",
      id: `work.${state.awards}`,
      role,
      kind: "accept_proposal",
      message,
      agent: agent === "" ? undefined : agent,
    },
  ];
}

function heardWork(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  if (event.kind === "failed") return award(state, setup);
  return [
    {
      do: "finish",
      output: { result: event.output, contractor: state.winner, round: state.round, awards: state.awards },
    },
  ];
}
