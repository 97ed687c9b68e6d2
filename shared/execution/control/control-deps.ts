import type { Agents, Mail } from "../runtime/runtime.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import type { HoldStore } from "../store/hold-store.ts";
import type { AdmissionLimits } from "../admission/admission.ts";
import type { PayloadStore } from "../store/payload-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { Execution } from "../execution.ts";
import type { AgentCalls } from "../../agents/calls/agent-calls.ts";
import type { StartRunDeps } from "../run/start-run.ts";

/** What steering stands on. */
export interface ControlDeps extends StartRunDeps {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  /** Where holds are. */
  readonly control: HoldStore;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
  readonly mail: Pick<Mail, "task" | "tasks" | "settle" | "watch" | "watchExecution">;
  readonly calls: Pick<AgentCalls, "cancel">;
  readonly agent: Agents["agent"];
  /** Has `track-execution` go on with the undoing that the execution has on record. */
  readonly handOver: (execution: Execution) => Promise<void>;
  readonly now: () => Date;
  readonly random: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Who steers which execution, and why. */
export interface Steering {
  readonly tenant: string;
  readonly execution: string;
  readonly by: string;
  readonly reason?: string | undefined;
}
