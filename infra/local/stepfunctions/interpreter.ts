import { AslError, HistoryLimitError, ResultTooLargeError } from "./asl-error.ts";
import { record, stateOf, type Core } from "./core.ts";
import { outputOf, placeResult } from "./data-flow.ts";
import { breakExecution, succeedExecution } from "./execution-lifecycle.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import { inputDetails, outputDetails } from "./history-details.ts";
import { childFailed, childSucceeded, itemFailed, itemSucceeded, startMap, startParallel } from "./joins.ts";
import { Doc, type Json } from "./json.ts";
import { killBelow } from "./kill.ts";
import { executionResult } from "./nested-execution.ts";
import { findCatcher, findRetrier, retryDelayMs } from "./retry-policy.ts";
import { failureOf, passThrough, runChoice, runPass, runWait } from "./simple-states.ts";
import type { State } from "./state-schema.ts";
import { expireTask, failTask, startTask, succeedTask } from "./task-states.ts";

/** Runs the state of a ready frame. */
export function executeState(core: Core, frame: Frame): void {
  core.guard(frame, () => {
    const state = stateOf(core, frame);
    if (frame.enteredAt === 0) {
      frame.enteredAt = core.options.clock.now();
      core.options.onTransition?.();
      record(core, frame, `${state.Type}StateEntered`, { name: frame.state, ...inputDetails(frame.input.text) });
    }
    dispatch(core, frame, state);
  });
}

function dispatch(core: Core, frame: Frame, state: State): void {
  switch (state.Type) {
    case "Task":
      return startTask(core, frame, state);
    case "Pass":
      return runPass(core, frame, state);
    case "Wait":
      return runWait(core, frame, state);
    case "Choice":
      return runChoice(core, frame, state);
    case "Parallel":
      return startParallel(core, frame, state);
    case "Map":
      return startMap(core, frame);
    case "Succeed":
      return passThrough(core, frame, state);
    case "Fail":
      return failFrame(core, frame, failureOf(core, frame, state));
    default:
      return state satisfies never;
  }
}

/** Runs a step; an error of the workflow fails the frame, a full history fails the execution. */
export function guardStep(core: Core, frame: Frame, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof AslError)) throw error;
    if (error instanceof HistoryLimitError)
      breakExecution(core, core.executions.require(frame.execution), "FAILED", error);
    else failState(core, frame, error);
  }
}

/** Processes the result of a Task, Parallel or Map state. */
export function completeState(core: Core, frame: Frame, result: Json): void {
  core.guard(frame, () => {
    const state = stateOf(core, frame);
    if (!("ResultPath" in state) && state.Type !== "Task" && state.Type !== "Parallel" && state.Type !== "Map") return;
    exitState(core, frame, outputOf(core, frame, state, result));
  });
}

/** Leaves a state with its final output. @throws {AslError} the output is too large. */
export function exitState(core: Core, frame: Frame, output: Doc): void {
  const state = stateOf(core, frame);
  if (output.isTooLarge) throw new ResultTooLargeError(frame.state);
  record(core, frame, `${state.Type}StateExited`, { name: frame.state, ...outputDetails(output.text) });
  if ("Next" in state && state.Next !== undefined) moveTo(core, frame, state.Next, output);
  else endFrame(core, frame, output);
}

function endFrame(core: Core, frame: Frame, output: Doc): void {
  if (frame.parent === undefined) succeedExecution(core, core.executions.require(frame.execution), frame, output);
  else childSucceeded(core, frame, output);
}

/** Makes the next state of a frame ready to run. */
export function moveTo(core: Core, frame: Frame, ...[state, input]: [string, Doc]): void {
  frame.state = state;
  frame.input = input;
  frame.enteredAt = 0;
  frame.attempts = [];
  restart(core, frame);
}

function restart(core: Core, frame: Frame): void {
  frame.phase = "ready";
  frame.taskEvent = 0;
  frame.deadline = undefined;
  core.frames.save(frame);
  core.run(frame);
}

/** Answers an error: by a retry, by a catcher, or by failing the frame. */
export function failState(core: Core, frame: Frame, error: AslError): void {
  core.guard(frame, () => {
    const state = stateOf(core, frame);
    frame.taskEvent = 0;
    frame.deadline = undefined;
    if (frame.join !== undefined) abandonJoin(core, frame);
    const rules = "Retry" in state ? state : { Retry: [], Catch: [] };
    const retrier = findRetrier(rules.Retry, error, frame.attempts);
    const catcher = retrier === undefined ? findCatcher(rules.Catch, error) : undefined;
    if (retrier !== undefined) scheduleRetry(core, frame, retrier);
    else if (catcher !== undefined) takeCatcher(core, frame, { error, ...catcher });
    else failFrame(core, frame, error);
  });
}

/** An error outside the children, such as a bad ItemSelector, ends a Map that has some. */
function abandonJoin(core: Core, frame: Frame): void {
  killBelow(core, frame, true);
  frame.join = undefined;
  core.frames.saveJoin(frame);
}

function scheduleRetry(core: Core, frame: Frame, index: number): void {
  const state = stateOf(core, frame);
  const rule = "Retry" in state ? state.Retry[index] : undefined;
  if (rule === undefined) return;
  const used = frame.attempts[index] ?? 0;
  frame.attempts = Array.from(
    { length: Math.max(frame.attempts.length, index + 1) },
    (_, at) => frame.attempts[at] ?? 0,
  );
  frame.attempts[index] = used + 1;
  frame.phase = "retrying";
  core.options.onTransition?.();
  frame.deadline = core.options.clock.now() + retryDelayMs(rule, used, core.options.random);
  core.frames.save(frame);
}

interface Catching {
  readonly error: AslError;
  readonly Next: string;
  readonly ResultPath?: string | null | undefined;
}

function takeCatcher(core: Core, frame: Frame, { error, Next, ResultPath }: Catching): void {
  const caught = { Error: error.code, Cause: error.reason ?? "" };
  const output = placeResult(frame, ResultPath, caught);
  const { Type } = stateOf(core, frame);
  record(core, frame, `${Type}StateExited`, { name: frame.state, ...outputDetails(output.text) });
  moveTo(core, frame, Next, output);
}

function failFrame(core: Core, frame: Frame, error: AslError): void {
  if (frame.parent === undefined) breakExecution(core, core.executions.require(frame.execution), "FAILED", error);
  else childFailed(core, frame, error);
}

/** The deadline of a frame has come. */
export function wakeFrame(core: Core, frame: Frame): void {
  if (frame.phase === "retrying") restart(core, frame);
  else if (frame.phase === "sleeping") {
    frame.deadline = undefined;
    const state = stateOf(core, frame);
    if (state.Type === "Wait") core.guard(frame, () => passThrough(core, frame, state));
  } else expireTask(core, frame);
}

/** An execution ended for which a `.sync` task or a distributed Map waits. */
export function nestedEnded(core: Core, execution: Execution): void {
  const frame = core.frames.get(execution.parent?.frame ?? 0);
  if (frame === undefined || frame.taskEvent !== execution.parent?.event) return;
  const state = stateOf(core, frame);
  const isSuccess = execution.status === "SUCCEEDED";
  if (state.Type === "Map") {
    const error = new AslError(execution.error ?? "States.TaskFailed", execution.cause);
    core.guard(frame, () => (isSuccess ? itemSucceeded(core, frame) : itemFailed(core, frame, error)));
    return;
  }
  const isParsed = state.Type === "Task" && state.Resource.pattern === "syncJson";
  if (isSuccess) succeedTask(core, frame, Doc.of(executionResult(core, execution, isParsed)));
  else
    failTask(core, frame, new AslError("States.TaskFailed", JSON.stringify(executionResult(core, execution, false))));
}
