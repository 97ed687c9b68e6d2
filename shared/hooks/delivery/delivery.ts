import type { AgentCalls } from "../../agents/calls/agent-calls.ts";
import type { Agent } from "../../agents/agent.ts";
import type { AgentDirectory } from "../../agents/pool/agent-directory.ts";
import type { AgentStore } from "../../agents/store/agent-store.ts";
import type { Table } from "../../aws/query.ts";
import type { PayloadRef } from "../../execution/payload.ts";
import type { ExecutionStore } from "../../execution/store/execution-store.ts";
import type { NoticeOrder } from "../../incidents/messages.ts";
import type { Exchange } from "../../a2a/http-exchange.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { CommandOrder, CommandResult } from "../command/command-order.ts";
import type { Hook } from "../hook.ts";
import { envelopeOf, type HookEvent } from "../hook-event.ts";
import type { HookOutcome, HookRun } from "../hook-run.ts";

/** One try of a hook. */
export interface Delivery {
  readonly hook: Hook;
  readonly event: HookEvent;
  readonly run: HookRun;
  /** Aborted when the hook's time is over. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What acting stands on. */
export interface ActionDeps {
  readonly exchange: Exchange;
  /** Private hosts that may be posted to. */
  readonly hosts: ReadonlySet<string>;
  /** Content of a secret by its ARN. */
  readonly readSecret: (arn: string) => Promise<unknown>;
  readonly agent: (tenant: string, id: string) => Promise<Agent | undefined>;
  readonly calls: AgentCalls;
  /** Functions of the account that hooks may call. */
  readonly functions: ReadonlySet<string>;
  readonly invoke: (name: string, payload: string) => Promise<{ readonly payload: string; readonly failed: boolean }>;
  /** What functions stand on that come with the orchestrator. */
  readonly control: Table;
  readonly executions: ExecutionStore;
  readonly load: (ref: PayloadRef) => Promise<unknown>;
  readonly agents: AgentStore;
  readonly directory: AgentDirectory;
  readonly notify: (orders: readonly NoticeOrder[]) => Promise<void>;
  readonly random: () => number;
  /** Programs that commands may call. */
  readonly commands: ReadonlySet<string>;
  /** Runs a program where nothing else is. */
  readonly runCommand: (tenant: string, order: CommandOrder) => Promise<CommandResult>;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What the receiver of a hook is told. */
export const contextOf = ({ hook, event, run }: Delivery) => ({
  type: event.type,
  timestamp: event.timestamp,
  run_id: run.run_id,
  attempt: run.attempt,
  hook: { hook_id: hook.hook_id, name: hook.name, trigger: hook.trigger },
  data: envelopeOf(event).detail,
});

/** A try that failed. */
export const failedTry = (code: string, message: string, retryable: boolean): HookOutcome => ({
  status: "failed",
  error: { code, message: message.slice(0, LIMITS.failureCharacters) },
  retryable,
});

/** A failure that we understand, as an outcome: another try helps where time does. Anything else is a defect. */
export function outcomeOfError(error: unknown): HookOutcome {
  if (!(error instanceof OrchestratorError)) throw error;
  return failedTry(error.name, error.message, error.recovery === "retry");
}
