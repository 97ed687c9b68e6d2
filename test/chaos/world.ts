import type { StartedCloud } from "../integration/support/started-cloud.ts";
import type { StubbornAgent } from "./agents.ts";
import type { Kind } from "./kind.ts";
import type { PatientClient } from "./patient-client.ts";

/** How much trouble, and of which kind: everything that is left to chance comes from the seed. */
export interface Plan {
  readonly seed: number;
  readonly kills: number;
  /** Runs submitted between two kills. */
  readonly runsPerLife: number;
  /** Longest time from a start to the next kill. */
  readonly lifeMs: number;
  /** Share of messages that come late, and of those that come twice. */
  readonly turbulence: number;
  /** How long after the last kill everything may take to end. */
  readonly patienceMs: number;
  /** Whether agents neither break connections after taking a message nor finish without a word: finding out takes half a minute. */
  readonly isQuick: boolean;
  readonly log: (line: string) => void;
}

/** A run that was submitted. */
export interface Run {
  readonly id: string;
  readonly kind: Kind;
  readonly runner: "machine" | "graph";
}

/** `steady` and `other` do their work, `faulty` fails on request, `mortal` is killed, `literal` does a repeated message again. */
export type AgentName = "steady" | "other" | "faulty" | "mortal" | "literal";

/** Everything a campaign works on. */
export interface World {
  readonly plan: Plan;
  readonly random: () => number;
  readonly cloud: StartedCloud;
  readonly client: PatientClient;
  readonly agents: Readonly<Record<AgentName, StubbornAgent>>;
  readonly kinds: readonly Kind[];
  /** Set when the time is up. */
  readonly signal: AbortSignal;
}
