import type { Tally } from "../../analytics/tally.ts";
import type { Severity } from "../incident.ts";

/** What is known of an agent at a moment. */
export interface AgentSigns {
  readonly agentId: string;
  /** Scheme, host and port of its endpoint: what agents share that go down together. */
  readonly origin: string;
  readonly status: "ACTIVE" | "DEGRADED" | "INACTIVE" | "DECOMMISSIONED";
  /** A person keeps work from it. */
  readonly isQuarantined: boolean;
  /** Probes that failed in a row. */
  readonly failedProbes: number;
  readonly breaker: "closed" | "open" | "half_open";
  /** Recent attempts that failed by its own fault, and when that was learnt. */
  readonly errorRate: number;
  readonly learntAt: number;
  /** Capabilities that no other agent in service has. */
  readonly onlyOneFor: readonly string[];
}

/** What is known of a tenant at a moment. Times are milliseconds since 1970. */
export interface TenantSigns {
  readonly now: number;
  /** Figures of the last quarter of an hour, by the beginning of their minute; minutes in which nothing ended are missing. */
  readonly minutes: ReadonlyMap<string, Tally>;
  /** What 95 of 100 attempts took at most, over the last week. Absent: nothing is known. */
  readonly usualP95Ms?: number | undefined;
  /** What agents reported that the last hour cost, and what the same hour of the day used to. Absent: nothing is known. */
  readonly hourCost?: number | undefined;
  readonly usualHourCost?: number | undefined;
  /** Executions that wait for a slot. */
  readonly waiting: number;
  readonly agents: readonly AgentSigns[];
}

/** A queue, and how many messages wait in it. */
export interface QueueSigns {
  readonly name: string;
  readonly waiting: number;
}

/** What is known of the deployment at a moment. */
export interface SystemSigns {
  readonly work: readonly QueueSigns[];
  readonly dead: readonly QueueSigns[];
}

/** One thing that a rule has found: beyond its threshold (`breached`), or not far enough below it to be well. */
export interface Finding {
  /** What it is about; empty: all of the tenant. */
  readonly subject: string;
  readonly state: "breached" | "between";
  /** Where this one is worse, or less bad, than the rule says. */
  readonly severity?: Severity | undefined;
  /** One sentence for people. */
  readonly says: string;
  /** Kept with the incident: which agents, which queue, how many of how many. */
  readonly facts: Readonly<Record<string, unknown>>;
}
