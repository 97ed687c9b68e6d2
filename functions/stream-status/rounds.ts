import { InvalidRequestError } from "../../shared/core/errors.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { followLog, isEndLogged } from "../../shared/execution/store/log-queries.ts";
import { loadStanding } from "../../shared/execution/store/projection-store.ts";
import type { EventSink, StreamRequest } from "./sink.ts";

/** What streams that can be resumed stand on. */
export interface ResumableSource {
  readonly executions: ExecutionStore;
  readonly now: () => Date;
}

/** An execution as it is looked at. `isOver`: it is finished, and the log already told so. */
export interface Round {
  readonly execution: Execution;
  readonly isOver: boolean;
}

/** Where a stream begins: a reader of the log, and how many events it finds there at once. */
export interface Beginning {
  readonly log: ReturnType<typeof followLog>;
  readonly missed: number;
}

/**
 * Begins after the last event that a caller has.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 * @throws {InvalidRequestError} the log does not reach as far.
 */
export async function beginAfter({ executions }: ResumableSource, request: StreamRequest): Promise<Beginning> {
  const { tenant, execution, after = -1 } = request;
  await loadExecution(executions, tenant, execution);
  const { chain } = await loadStanding(executions, request);
  if (after >= chain.length) throw beyondTheLog(after, chain.length);
  return { log: followLog(executions, request, request.after), missed: chain.length - 1 - after };
}

/** Looks at an execution again and again, until it is over, the reader went away or the time is up. */
export async function* rounds(
  { executions, now }: ResumableSource,
  sink: EventSink,
  { tenant, execution: id, until, intervalMs, sleep }: StreamRequest,
): AsyncGenerator<Round> {
  while (!sink.isClosed()) {
    const execution = await loadExecution(executions, tenant, id);
    const isOver = isFinished(execution.status) && (await isEndLogged(executions, execution));
    yield { execution, isOver };
    if (isOver || now().getTime() + intervalMs > until) return;
    await sleep(intervalMs);
  }
}

function beyondTheLog(after: number, length: number): InvalidRequestError {
  const end = length === 0 ? "the log is empty" : `the log ends at ${length - 1}`;
  return new InvalidRequestError([{ field: "header.Last-Event-ID", message: `${after} is no event of this execution: ${end}; leave it out to start anew` }]);
}
