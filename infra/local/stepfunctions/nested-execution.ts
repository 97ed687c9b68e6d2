import { AslError, ServiceError } from "./asl-error.ts";
import { executionArn, machineArn } from "./arns.ts";
import { record, type Core } from "./core.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import { outputDetails } from "./history-details.ts";
import { Doc, isJsonObject, type Json } from "./json.ts";
import type { StateOf } from "./state-schema.ts";

interface NestedStart {
  readonly state: StateOf<"Task">;
  readonly request: Json;
}

/** Starts an execution in the same transaction as the task that asks for it, so it can neither be lost nor doubled. */
export function startNested(core: Core, frame: Frame, { state, request }: NestedStart): void {
  const { pattern, resourceType, resource } = state.Resource;
  const isSync = pattern === "sync" || pattern === "syncJson";
  const execution = startChild(core, frame, { request, isSync });
  const result: Json = {
    ExecutionArn: executionArn(core.options, execution.machine, execution.name),
    StartDate: new Date(execution.startedAt).toISOString(),
  };
  const output = outputDetails(JSON.stringify(result));
  if (pattern === "response") {
    record(core, frame, "TaskSucceeded", { resourceType, resource, ...output });
    frame.taskEvent = 0;
    frame.deadline = undefined;
    core.complete(frame, result);
    return;
  }
  frame.phase = isSync ? "nested" : "waiting";
  record(core, frame, "TaskSubmitted", { resourceType, resource, ...output });
}

function startChild(core: Core, frame: Frame, { request, isSync }: { request: Json; isSync: boolean }): Execution {
  const { StateMachineArn, Input = {}, Name } = isJsonObject(request) ? request : {};
  if (typeof StateMachineArn !== "string") {
    throw new AslError("States.Runtime", "The field 'StateMachineArn' of the Parameters must be a string.");
  }
  try {
    return core.startExecution({
      stateMachineArn: StateMachineArn,
      input: typeof Input === "string" ? Input : JSON.stringify(Input),
      ...(typeof Name === "string" && { name: Name }),
      ...(isSync && { parent: { frame: frame.id, event: frame.taskEvent, index: 0 } }),
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new AslError(`StepFunctions.${error.code}Exception`, error.message);
  }
}

/** What `.sync` tasks and distributed Maps know of an execution that ended. */
export function executionResult(core: Core, execution: Execution, isParsed: boolean): Json {
  const { options } = core;
  const document = (doc: Doc): Json => (isParsed ? doc.value : doc.text);
  const { output, error, cause, stoppedAt } = execution;
  return {
    ExecutionArn: executionArn(options, execution.machine, execution.name),
    Input: document(execution.input),
    InputDetails: { Included: true },
    Name: execution.name,
    StartDate: execution.startedAt,
    StateMachineArn: machineArn(options, execution.machine),
    Status: execution.status,
    ...(stoppedAt !== undefined && { StopDate: stoppedAt }),
    ...(output !== undefined && { Output: document(output), OutputDetails: { Included: true } }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
  };
}
