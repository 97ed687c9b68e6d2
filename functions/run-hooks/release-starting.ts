import type { Table } from "../../shared/aws/query.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import { hooksRan } from "../../shared/execution/lifecycle/execution-transitions.ts";
import { RUN_END, type RunRef, type TaskMessage } from "../../shared/execution/messages.ts";
import { overlay } from "../../shared/execution/attempt/inputs.ts";
import type { PayloadRef } from "../../shared/execution/payload.ts";
import { startOf } from "../../shared/execution/run/start-run.ts";
import { commitExecution, type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { executionPayload } from "../../shared/execution/task/payload-keys.ts";
import { changesOf } from "../../shared/hooks/hook-changes.ts";
import { joinSession, loadSession } from "../../shared/sessions/store/session-store.ts";
import type { Ended } from "./release-hooked.ts";

/** What letting an execution start stands on. */
export interface ReleaseStartingDeps {
  readonly control: Table;
  readonly executions: ExecutionStore;
  readonly load: (ref: PayloadRef) => Promise<unknown>;
  readonly keep: (name: string, value: unknown) => Promise<PayloadRef>;
  readonly sendTask: (message: TaskMessage) => Promise<void>;
  /** Starts executions that wait, as far as there are slots. */
  readonly admit: () => Promise<unknown>;
}

/**
 * Lets an execution start that waited for the hooks before it, with what they changed, as soon as there is a slot; or ends
 * it, where a critical one failed. Once only: one that was cancelled meanwhile is left alone, and of one that has heard of
 * it already the rest is done again.
 */
export async function releaseStarting(deps: ReleaseStartingDeps, run: RunRef, ended: Ended): Promise<void> {
  const execution = await loadExecution(deps.executions, run.tenant, run.execution);
  if (execution.status !== "queued" || execution.run !== run.run) return;
  const { failure, input, session_id: session } = changesOf(ended);
  // Who carries the ends of runs ends this one as well: it began nothing.
  if (failure !== undefined) return deps.sendTask({ ...startOf(run), task: RUN_END, failure });
  if (execution.awaiting !== undefined) {
    const changed = { ...(await inputWith(deps, execution, input)), ...(await sessionWith(deps, execution, session)) };
    if ((await commitExecution(deps.executions, { transition: hooksRan(execution, changed) })) === "stale") return releaseStarting(deps, run, ended);
  }
  await deps.admit();
}

async function inputWith(deps: ReleaseStartingDeps, { tenant, executionId, input }: Execution, fields: Readonly<Record<string, unknown>> | undefined): Promise<Pick<Execution, "input"> | undefined> {
  if (fields === undefined) return undefined;
  const name = executionPayload({ tenant, execution: executionId }, "input");
  return { input: await deps.keep(name, overlay(await deps.load(input), fields)) };
}

/** It joins a session with what that remembers by now. */
async function sessionWith(deps: ReleaseStartingDeps, { tenant, executionId, submittedAt: at }: Execution, id: string | undefined): Promise<Pick<Execution, "session"> | undefined> {
  if (id === undefined) return undefined;
  const { version, variables } = await loadSession(deps.control, tenant, { id });
  await joinSession(deps.control, tenant, { session: id, execution: executionId, at });
  return { session: { id, version, variables: await deps.keep(executionPayload({ tenant, execution: executionId }, "session"), variables) } };
}
