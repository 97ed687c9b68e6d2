import { AslError, ResultTooLargeError } from "./asl-error.ts";
import { record, stateOf, type Core } from "./core.ts";
import { numberFrom, parameters, scopeOf, effectiveInput } from "./data-flow.ts";
import type { Frame } from "./frame.ts";
import { inputDetails, outputDetails } from "./history-details.ts";
import { Doc, parseJson, type Json } from "./json.ts";
import { killNested } from "./kill.ts";
import { startNested } from "./nested-execution.ts";
import type { StateOf } from "./state-schema.ts";
import { callService } from "./task-calls.ts";

type TaskState = StateOf<"Task">;

/** Schedules the call of a Task state; it leaves the process after the commit. @throws {AslError} */
export function startTask(core: Core, frame: Frame, state: TaskState): void {
  frame.taskEvent = core.executions.require(frame.execution).nextEvent; // the token must be known to Parameters
  const request = Doc.of(parameters(core, frame, state));
  if (request.isTooLarge) {
    const problem = `The parameters of the task '${frame.state}' exceed the maximum number of bytes service limit.`;
    throw new AslError("States.DataLimitExceeded", problem);
  }
  setDeadlines(core, frame, state);
  recordScheduled(core, frame, { state, request });
  if (state.Resource.service === "states") startNested(core, frame, { state, request: request.value });
  else send(core, frame, { state, request: request.value });
  core.frames.save(frame);
}

function setDeadlines(core: Core, frame: Frame, state: TaskState): void {
  const scope = scopeOf(core, frame, effectiveInput(core, frame, state));
  const timeout = numberFrom(state.TimeoutSeconds, state.TimeoutSecondsPath, scope);
  const heartbeat = numberFrom(state.HeartbeatSeconds, state.HeartbeatSecondsPath, scope);
  const now = core.options.clock.now();
  frame.timesOutAt = timeout === undefined ? undefined : now + timeout * 1_000;
  frame.heartbeatMs = heartbeat === undefined ? undefined : heartbeat * 1_000;
  frame.deadline = earliest(frame.timesOutAt, frame.heartbeatMs === undefined ? undefined : now + frame.heartbeatMs);
}

const earliest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

function recordScheduled(core: Core, frame: Frame, { state, request }: { state: TaskState; request: Doc }): void {
  const { service, resourceType, resource } = state.Resource;
  const timeoutInSeconds =
    frame.timesOutAt === undefined ? undefined : (frame.timesOutAt - core.options.clock.now()) / 1_000;
  const heartbeatInSeconds = frame.heartbeatMs === undefined ? undefined : frame.heartbeatMs / 1_000;
  if (service === "lambdaFunction") {
    record(core, frame, "LambdaFunctionScheduled", { resource, ...inputDetails(request.text), timeoutInSeconds });
    record(core, frame, "LambdaFunctionStarted");
    return;
  }
  const { region } = core.options;
  const limits = { timeoutInSeconds, heartbeatInSeconds };
  record(core, frame, "TaskScheduled", { resourceType, resource, region, parameters: request.text, ...limits });
  record(core, frame, "TaskStarted", { resourceType, resource });
}

/** Makes the call after the commit. A crash before `taskAcknowledged` is committed makes the call come again. */
function send(core: Core, frame: Frame, { state, request }: { state: TaskState; request: Json }): void {
  frame.phase = "sending";
  const { id, taskEvent } = frame;
  core.database.afterCommit(() => {
    callService(core.options.integrations, state.Resource, request).then(
      (result) => taskCalled(core, { id, taskEvent, result: Doc.of(result) }),
      (error: unknown) => taskCalled(core, { id, taskEvent, error: toAslError(error, state) }),
    );
  });
}

const SERVICE_NAMES: Readonly<Record<string, string>> = { sqs: "SQS", lambda: "Lambda", events: "EventBridge" };

function toAslError(error: unknown, { Resource }: TaskState): AslError {
  if (error instanceof AslError) return error;
  const { name, message } = error instanceof Error ? error : { name: "Unknown", message: String(error) };
  return new AslError(`${SERVICE_NAMES[Resource.resourceType] ?? Resource.resourceType}.${name}`, message);
}

/** Sends again what a crash may have kept from being sent; the request stands in the history. */
export function resumeTask(core: Core, frame: Frame): void {
  const state = stateOf(core, frame);
  if (state.Type !== "Task") return;
  const scheduled = core.history.event(frame.execution, frame.taskEvent)?.details;
  const request = scheduled?.["parameters"] ?? scheduled?.["input"];
  if (typeof request === "string") send(core, frame, { state, request: parseJson(request) });
}

interface CallOutcome {
  readonly id: number;
  readonly taskEvent: number;
  readonly result?: Doc;
  readonly error?: AslError;
}

/** A call answered. Calls of an attempt that is over are ignored. */
function taskCalled(core: Core, { id, taskEvent, result, error }: CallOutcome): void {
  if (core.isClosed) return;
  const frame = core.frames.get(id);
  if (frame?.taskEvent !== taskEvent || frame.phase !== "sending") return;
  const state = stateOf(core, frame);
  if (error !== undefined) failTask(core, frame, error);
  else if (result === undefined) return;
  else if (state.Type === "Task" && state.Resource.pattern === "token") submitTask(core, frame, result);
  else succeedTask(core, frame, result);
}

/** The call of a task with a token is acknowledged: from here on only the token can end it. */
export function submitTask(core: Core, frame: Frame, output: Doc): void {
  core.guard(frame, () => {
    recordTask(core, frame, "Submitted", outputDetails(output.text));
    frame.phase = "waiting";
    core.frames.saveProgress(frame);
  });
}

/** Ends the present task of a frame with a result. */
export function succeedTask(core: Core, frame: Frame, result: Doc): void {
  core.guard(frame, () => {
    if (result.isTooLarge) throw new ResultTooLargeError(frame.state);
    recordTask(core, frame, "Succeeded", outputDetails(result.text));
    endTask(frame);
    core.complete(frame, result.value);
  });
}

/** Ends the present task of a frame with an error. */
export function failTask(core: Core, frame: Frame, error: AslError): void {
  core.guard(frame, () => {
    const outcome = error.code === "States.Timeout" || error.code === "States.HeartbeatTimeout" ? "TimedOut" : "Failed";
    recordTask(core, frame, outcome, { error: error.code, cause: error.reason });
    killNested(core, frame);
    endTask(frame);
    core.fail(frame, error);
  });
}

/** The deadline of a task has come. */
export function expireTask(core: Core, frame: Frame): void {
  const isTimeout = frame.timesOutAt !== undefined && frame.timesOutAt <= core.options.clock.now();
  failTask(core, frame, new AslError(isTimeout ? "States.Timeout" : "States.HeartbeatTimeout"));
}

/** Moves the heartbeat deadline of a task on. */
export function beatTask(core: Core, frame: Frame): void {
  if (frame.heartbeatMs === undefined) return;
  frame.deadline = earliest(frame.timesOutAt, core.options.clock.now() + frame.heartbeatMs);
  core.frames.saveProgress(frame);
}

function recordTask(core: Core, frame: Frame, outcome: string, details: Readonly<Record<string, unknown>>): void {
  const state = stateOf(core, frame);
  if (state.Type !== "Task") throw new Error(`state '${frame.state}' is no task`);
  const { service, resourceType, resource } = state.Resource;
  if (service === "lambdaFunction") record(core, frame, `LambdaFunction${outcome}`, details);
  else record(core, frame, `Task${outcome}`, { resourceType, resource, ...details });
}

function endTask(frame: Frame): void {
  frame.taskEvent = 0;
  frame.deadline = undefined;
  frame.timesOutAt = undefined;
  frame.heartbeatMs = undefined;
}
