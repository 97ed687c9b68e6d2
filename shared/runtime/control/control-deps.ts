import type { ExecutionStore } from "../../aws/execution-store.ts";
import type { HoldStore } from "../../aws/hold-store.ts";
import type { AdmissionLimits } from "../../domain/admission.ts";
import type { PayloadStore } from "../../aws/payload-store.ts";
import type { PlanView } from "../../aws/plan-store.ts";
import type { Execution } from "../../schemas/execution.ts";
import type { AgentCalls } from "../agent-calls.ts";
import type { Mail, Runtime } from "../runtime.ts";
import type { StartMachineDeps } from "../start-machine.ts";

/** What steering stands on. */
export interface ControlDeps extends StartMachineDeps {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  /** Where holds are. */
  readonly control: HoldStore;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
  readonly mail: Pick<Mail, "task" | "tasks" | "settle">;
  readonly calls: Pick<AgentCalls, "cancel">;
  readonly agent: Runtime["agent"];
  /** Machine version that carries runs without a machine of their own. */
  readonly graphRunnerArn: string;
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
