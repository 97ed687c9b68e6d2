import type { IncidentType, Severity } from "../incident.ts";
import type { Finding, SystemSigns, TenantSigns } from "./signs.ts";

/** What a person does about it. */
export interface Runbook {
  readonly meaning: string;
  readonly firstLook: string;
  readonly fix: string;
}

/** A metric of CloudWatch's own, and how many minutes in a row it must be beyond the threshold. */
export type CloudWatchSignal = {
  /** Of the alarm's construct: it never changes. */
  readonly id: string;
  readonly periods: number;
} & (
  | { readonly metric: "queue_depth"; /** Each has an alarm. */ readonly queues: readonly string[] }
  | { readonly metric: "iterator_age"; readonly reader: string }
  | { readonly metric: "duration_p95"; /** Folder of the function. */ readonly worker: string }
  | { readonly metric: "throttles" }
);

/** How the detector finds out, each minute. A subject that is not found is well. */
export type Detection = { readonly type: IncidentType; readonly components: readonly string[] } & (
  | { readonly scope: "tenant"; readonly find: (signs: TenantSigns, threshold: number) => readonly Finding[] }
  | { readonly scope: "system"; readonly find: (signs: SystemSigns, threshold: number) => readonly Finding[] }
);

/** When something is wrong: one row, of which alarms, the detector's judgement, the runbook and Prometheus rules are made. */
export interface AlertRule {
  readonly name: string;
  /** What it looks at, in words. */
  readonly reads: string;
  /** Beyond it something is wrong. */
  readonly threshold: number;
  readonly unit: "share" | "messages" | "executions" | "seconds" | "milliseconds" | "violations" | "probes" | "breakers" | "calls" | "dollars";
  /** How long it must have been so. */
  readonly holdsSeconds: number;
  readonly severity: Severity;
  readonly runbook: Runbook;
  readonly cloudWatch?: CloudWatchSignal;
  readonly detection?: Detection;
  /** What the detector does about it by itself, where the tenant lets it. */
  readonly response?: "agent_quarantine";
  /** PromQL over what `/metrics` gives, true while something is wrong. */
  readonly prometheus?: string;
}
