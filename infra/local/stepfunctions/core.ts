import type { AslError } from "./asl-error.ts";
import type { Database } from "./database.ts";
import type { Definition } from "./definition.ts";
import type { DefinitionStore } from "./definition-store.ts";
import type { Execution, ParentTask } from "./execution.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { Frame } from "./frame.ts";
import type { FrameStore } from "./frame-store.ts";
import type { History } from "./history.ts";
import type { EngineOptions } from "./integrations.ts";
import type { Doc, Json } from "./json.ts";
import type { StatusOutbox } from "./status-events.ts";
import type { State } from "./state-schema.ts";

/** A request to start an execution, as a task or a caller makes it. */
export interface StartRequest {
  /** A machine, a version or an alias. */
  readonly stateMachineArn: string;
  readonly name?: string;
  /** JSON text. */
  readonly input?: string;
  readonly parent?: ParentTask;
}

/** What the parts of the interpreter share: the stores, and the moves by which one part calls for another. */
export interface Core {
  readonly options: EngineOptions;
  readonly database: Database;
  readonly definitions: DefinitionStore;
  readonly executions: ExecutionStore;
  readonly frames: FrameStore;
  readonly history: History;
  readonly outbox: StatusOutbox;
  /** Identifies the database in task tokens. */
  readonly databaseId: string;
  /** True once the engine is closed: late answers are dropped. */
  readonly isClosed: boolean;
  /** Runs a step for a frame; an `AslError` it throws fails the frame. */
  guard(frame: Frame, step: () => void): void;
  /** Queues a frame to run its state in this turn. */
  run(frame: Frame): void;
  /** Processes the result of a state and moves on: ResultSelector, ResultPath, OutputPath, next state. */
  complete(frame: Frame, result: Json): void;
  /** Makes another state of the flow the next one of a frame. */
  transition(frame: Frame, state: string, input: Doc): void;
  /** Leaves a state with its final output. */
  exit(frame: Frame, output: Doc): void;
  /** Lets `Retry` and `Catch` answer an error, or fails the frame. */
  fail(frame: Frame, error: AslError): void;
  /** Starts an execution for a task. @throws {ServiceError} it is refused. */
  startExecution(request: StartRequest): Execution;
  /** Tells the frame that waits for an execution that it ended. */
  childEnded(execution: Execution): void;
  /** Aborts an execution, and what it started. */
  abort(execution: Execution): void;
}

export const definitionOf = (core: Core, execution: Execution): Definition =>
  core.definitions.get(execution.definition);

/** The state a frame is in. */
export function stateOf(core: Core, frame: Frame): State {
  const flow = definitionOf(core, core.executions.require(frame.execution)).flows[frame.flow];
  const state = flow?.states.get(frame.state);
  if (state === undefined) throw new Error(`state '${frame.state}' is not in the definition of frame ${frame.id}`);
  return state;
}

/** The flows nested in the state a frame is in. */
export function nestedFlows(core: Core, frame: Frame): readonly number[] {
  const flow = definitionOf(core, core.executions.require(frame.execution)).flows[frame.flow];
  return flow?.nested.get(frame.state) ?? [];
}

/** Adds an event to the history of the frame's execution, after the last one of this frame. */
export function record(
  core: Core,
  frame: Frame,
  ...event: [type: string, details?: Readonly<Record<string, unknown>>]
): void {
  const execution = core.executions.require(frame.execution);
  frame.lastEvent = core.history.append(execution, frame.lastEvent, ...event);
}
