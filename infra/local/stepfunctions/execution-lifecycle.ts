import { AslError } from "./asl-error.ts";
import { definitionOf, type Core } from "./core.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import { inputDetails, outputDetails } from "./history-details.ts";
import { machineArn } from "./arns.ts";
import type { Doc } from "./json.ts";
import { killBelow } from "./kill.ts";

type Opening = Omit<
  Execution,
  "id" | "status" | "output" | "error" | "cause" | "stoppedAt" | "nextEvent" | "startedAt"
>;

/** Adds an execution and queues its first state. */
export function openExecution(core: Core, opening: Opening): Execution {
  const execution = core.executions.add({ ...opening, startedAt: core.options.clock.now() });
  const { machine, qualifier, version, roleArn, input, flow } = execution;
  const isAlias = qualifier !== undefined && qualifier !== String(version);
  core.history.append(execution, 0, "ExecutionStarted", {
    ...inputDetails(input.text),
    roleArn,
    stateMachineVersionArn: version === undefined ? undefined : machineArn(core.options, machine, version),
    stateMachineAliasArn: isAlias ? machineArn(core.options, machine, qualifier) : undefined,
  });
  const state = definitionOf(core, execution).flows[flow]?.startAt ?? "";
  core.run(
    core.frames.add({ execution: execution.id, parent: undefined, position: 0, flow, state, input, lastEvent: 0 }),
  );
  core.outbox.announce(execution);
  return execution;
}

/** The first frame of an execution reached its end. */
export function succeedExecution(core: Core, execution: Execution, ...[root, output]: [Frame, Doc]): void {
  execution.output = output;
  core.history.append(execution, root.lastEvent, "ExecutionSucceeded", outputDetails(output.text));
  core.frames.remove(root.id);
  close(core, execution, "SUCCEEDED");
}

/** How an execution can end without reaching its end. */
export type Failure = "FAILED" | "TIMED_OUT" | "ABORTED";
const EVENT_TYPES = { FAILED: "ExecutionFailed", TIMED_OUT: "ExecutionTimedOut", ABORTED: "ExecutionAborted" } as const;

/** Ends a running execution early, with everything below it. */
export function breakExecution(
  core: Core,
  execution: Execution,
  ...[status, error]: [Failure, AslError | undefined]
): void {
  if (execution.status !== "RUNNING") return;
  execution.error = error === undefined || error.code === "" ? undefined : error.code;
  execution.cause = error?.reason;
  const root = core.frames.root(execution.id);
  if (root !== undefined) {
    killBelow(core, root, false);
    core.frames.remove(root.id);
  }
  const details = { error: execution.error, cause: execution.cause };
  core.history.append(execution, root?.lastEvent ?? 0, EVENT_TYPES[status], details);
  close(core, execution, status);
}

function close(core: Core, execution: Execution, status: Execution["status"]): void {
  execution.status = status;
  execution.stoppedAt = core.options.clock.now();
  execution.deadline = undefined;
  core.executions.save(execution);
  core.outbox.announce(execution);
  if (execution.parent !== undefined) core.childEnded(execution);
}
