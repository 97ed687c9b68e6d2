import { Database } from "./database.ts";
import { DefinitionStore } from "./definition-store.ts";
import type { Core } from "./core.ts";
import { breakExecution } from "./execution-lifecycle.ts";
import { ExecutionStore } from "./execution-store.ts";
import type { Frame } from "./frame.ts";
import { FrameStore } from "./frame-store.ts";
import { History } from "./history.ts";
import type { EngineOptions } from "./integrations.ts";
import {
  completeState,
  executeState,
  exitState,
  failState,
  guardStep,
  moveTo,
  nestedEnded,
  wakeFrame,
} from "./interpreter.ts";
import { randomUuid } from "./intrinsic-functions.ts";
import { MachineStore } from "./machine-store.ts";
import { textOf } from "./rows.ts";
import { startExecution } from "./start-execution.ts";
import { AslError } from "./asl-error.ts";
import { StatusOutbox } from "./status-events.ts";
import { resumeTask } from "./task-states.ts";

// States a turn runs before it commits, so that one busy execution does not delay the answers of others.
const STATES_PER_TURN = 2_000;

/** The interpreter at work: its stores, the queue of frames that are ready, and the one timer for every deadline. */
export interface Runtime extends Core {
  readonly machines: MachineStore;
  /** Goes on with everything that was running when the database was closed or the process was killed. */
  resume(): void;
  close(): void;
}

export function createRuntime(options: EngineOptions): Runtime {
  const database = new Database(options.databasePath, options.clock, options.syncs);
  const definitions = new DefinitionStore(database);
  const history = new History(database, options.clock);
  const ready = new Set<number>();
  let isClosed = false;
  const runtime: Runtime = {
    options,
    database,
    definitions,
    history,
    executions: new ExecutionStore(database),
    frames: new FrameStore(database),
    machines: new MachineStore(database, definitions),
    outbox: new StatusOutbox(database, options),
    databaseId: loadDatabaseId(database, options.random),
    get isClosed() {
      return isClosed;
    },
    ...movesOf(() => runtime),
    run: (frame) => {
      ready.add(frame.id);
      database.touch();
    },
    resume: () => resume(runtime),
    close: () => {
      isClosed = true;
      runtime.outbox.close();
      alarm.cancel();
      database.close();
    },
  };
  const alarm = new Alarm(runtime);
  database.setTurn(
    () => drain(runtime, ready),
    () => afterTurn(runtime, alarm),
  );
  return runtime;
}

type Moves = Pick<
  Core,
  "guard" | "complete" | "exit" | "transition" | "fail" | "startExecution" | "childEnded" | "abort"
>;

/** The moves by which the parts of the interpreter call for one another. */
const movesOf = (runtime: () => Runtime): Moves => ({
  guard: (frame, step) => guardStep(runtime(), frame, step),
  complete: (frame, result) => completeState(runtime(), frame, result),
  exit: (frame, output) => exitState(runtime(), frame, output),
  transition: (frame, state, input) => moveTo(runtime(), frame, state, input),
  fail: (frame, error) => failState(runtime(), frame, error),
  startExecution: (request) => startExecution(runtime(), runtime().machines, request),
  childEnded: (execution) => nestedEnded(runtime(), execution),
  abort: (execution) => breakExecution(runtime(), execution, "ABORTED", undefined),
});

function loadDatabaseId(database: Database, random: () => number): string {
  const known = database.sql.prepare("SELECT value FROM meta WHERE key = 'id'").get();
  if (known !== undefined) return textOf(known, "value");
  const id = randomUuid(random);
  database.begin();
  database.sql.prepare("INSERT INTO meta (key, value) VALUES ('id', ?)").run(id);
  return id;
}

/** Runs ready frames; those that one makes ready join the queue. @returns whether some are left. */
function drain(runtime: Runtime, ready: Set<number>): boolean {
  let left = STATES_PER_TURN;
  for (const id of ready) {
    if (left-- === 0) return true;
    ready.delete(id);
    const frame = runtime.frames.get(id);
    if (frame?.phase === "ready") executeState(runtime, frame);
  }
  return false;
}

function afterTurn(runtime: Runtime, alarm: Alarm): void {
  runtime.frames.trim();
  runtime.executions.trim();
  alarm.advance(Math.min(runtime.frames.takeEarliest(), runtime.executions.takeEarliest()));
}

function resume(runtime: Runtime): void {
  for (const frame of runtime.frames.resumable()) resumeFrame(runtime, frame);
  runtime.outbox.resume();
}

function resumeFrame(runtime: Runtime, frame: Frame): void {
  if (frame.phase === "ready") runtime.run(frame);
  else resumeTask(runtime, frame);
}

/** One timer, set for the earliest deadline in the database. Ringing too early, it only looks and sets itself again. */
class Alarm {
  readonly #runtime: Runtime;
  #at = Infinity;
  #cancel = (): void => {};

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    const { frames, executions } = runtime;
    this.advance(Math.min(frames.nextDeadline(), executions.nextDeadline()));
  }

  cancel(): void {
    this.#cancel();
  }

  /** Makes sure the alarm rings at `at` or before. */
  advance(at: number): void {
    if (at >= this.#at || this.#runtime.isClosed) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.#runtime.options.clock.setTimer(at, () => this.#ring());
  }

  #ring(): void {
    const { executions, frames, options } = this.#runtime;
    this.#at = Infinity;
    const now = options.clock.now();
    const isDue = ({ deadline }: { deadline: number | undefined }): boolean =>
      deadline !== undefined && deadline <= now;
    const timeout = new AslError("States.Timeout");
    for (const execution of executions.due(now).filter(isDue))
      breakExecution(this.#runtime, execution, "TIMED_OUT", timeout);
    for (const { id } of frames.due(now)) {
      const frame = frames.get(id); // gone when a sibling's deadline ended its parent
      if (frame !== undefined && isDue(frame)) wakeFrame(this.#runtime, frame);
    }
    this.advance(Math.min(frames.nextDeadline(), executions.nextDeadline()));
    this.#runtime.database.touch();
  }
}
