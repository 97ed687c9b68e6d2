import type * as api from "./api-schemas.ts";
import { AslError, ServiceError } from "./asl-error.ts";
import { stateOf } from "./core.ts";
import type { Frame } from "./frame.ts";
import { Doc } from "./json.ts";
import type { Runtime } from "./runtime.ts";
import { beatTask, failTask, submitTask, succeedTask } from "./task-states.ts";
import { readTaskToken } from "./task-token.ts";

/**
 * The frame whose present task a token names.
 *
 * @throws {ServiceError} `InvalidToken`, `TaskDoesNotExist`, `TaskTimedOut`.
 */
function findTask(runtime: Runtime, token: string): Frame {
  const { execution, id, taskEvent } = readTaskToken(runtime.databaseId, token);
  const frame = runtime.frames.get(id);
  if (frame === undefined || frame.execution !== execution || frame.taskEvent !== taskEvent) throw timedOut();
  const state = stateOf(runtime, frame);
  if (state.Type !== "Task" || state.Resource.pattern !== "token") throw timedOut();
  return frame;
}

const timedOut = (): ServiceError =>
  new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");

/** An answer may overtake the acknowledgement of the call that carried its token. */
function acknowledge(runtime: Runtime, frame: Frame): void {
  if (frame.phase === "sending") submitTask(runtime, frame, Doc.of({}));
}

/** @throws {ServiceError} `InvalidOutput`, `InvalidToken`, `TaskDoesNotExist`, `TaskTimedOut` */
export function sendTaskSuccess(runtime: Runtime, { taskToken, output }: api.SendTaskSuccess) {
  const frame = findTask(runtime, taskToken);
  const result = readOutput(output);
  acknowledge(runtime, frame);
  succeedTask(runtime, frame, result);
  return {};
}

function readOutput(output: string): Doc {
  const result = Doc.fromText(output);
  try {
    void result.value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServiceError("InvalidOutput", `Invalid Output: '${error.message}'`);
  }
  if (result.isTooLarge) throw new ServiceError("InvalidOutput", "Invalid Output: it exceeds 262144 bytes");
  return result;
}

/** @throws {ServiceError} `InvalidToken`, `TaskDoesNotExist`, `TaskTimedOut` */
export function sendTaskFailure(runtime: Runtime, { taskToken, error = "", cause }: api.SendTaskFailure) {
  const frame = findTask(runtime, taskToken);
  acknowledge(runtime, frame);
  failTask(runtime, frame, new AslError(error, cause));
  return {};
}

/** @throws {ServiceError} `InvalidToken`, `TaskDoesNotExist`, `TaskTimedOut` */
export function sendTaskHeartbeat(runtime: Runtime, { taskToken }: api.SendTaskHeartbeat) {
  beatTask(runtime, findTask(runtime, taskToken));
  return {};
}
