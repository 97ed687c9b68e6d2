import { readAll } from "../../shared/aws/read-all.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { allTasks } from "../../shared/execution/store/execution-queries.ts";
import { taskKey } from "../../shared/execution/store/keys.ts";
import { followLog } from "../../shared/execution/store/log-queries.ts";
import { loadStanding } from "../../shared/execution/store/projection-store.ts";
import { TaskRecord } from "../../shared/execution/task/task-record.ts";
import { viewDelta, viewSnapshot } from "../../shared/execution/views/stream.ts";
import { type Beginning, beginAfter, type ResumableSource, type Round, rounds } from "./rounds.ts";
import { ALIVE, type EventSink, frame, type StreamRequest } from "./sink.ts";

/**
 * Streams an execution's tasks: all of them once, then those that changed, as they are by then. A reader that comes back
 * soon enough gets only what changed meanwhile. `end` comes when the execution is over and all of that was sent.
 *
 * One look costs two small reads however many tasks there are, and one more for each hundred tasks that changed.
 *
 * @throws {NotFoundError} before anything was written: no such execution for this tenant.
 * @throws {InvalidRequestError} before anything was written: the log does not reach as far as `after`.
 */
export async function streamTasks(source: ResumableSource, sink: EventSink, request: StreamRequest): Promise<void> {
  const { log, missed } = await beginAfter(source, request);
  const isKnown = request.after !== undefined && missed <= EXECUTION_LIMITS.streamCatchUpEvents;
  let reader: Reader = { log: isKnown ? log : undefined, seen: request.after, status: undefined };
  for await (const { execution, isOver } of rounds(source, sink, request)) {
    const told = reader.log === undefined ? await tellAll(source, execution) : await tellNews(source, execution, { ...reader, log: reader.log });
    reader = told.reader;
    await sink.write(told.text);
    if (isOver) return sink.write(frame("end", { status: execution.status }, reader.seen));
  }
}

/** What a reader has: the log from there on, the last event's sequence, the execution's status. */
interface Reader {
  readonly log: Beginning["log"] | undefined;
  readonly seen: number | undefined;
  readonly status: Round["execution"]["status"] | undefined;
}

interface Told {
  readonly text: string;
  readonly reader: Reader;
}

async function tellAll({ executions }: ResumableSource, execution: Round["execution"]): Promise<Told> {
  const place = { tenant: execution.tenant, execution: execution.executionId };
  // Read before the tasks: they may be newer than it says, never older.
  const { chain } = await loadStanding(executions, place);
  const seen = chain.length === 0 ? undefined : chain.length - 1;
  const tasks: TaskRecord[] = [];
  for await (const task of allTasks(executions, place)) tasks.push(task);
  const reader = { log: followLog(executions, place, seen), seen, status: execution.status };
  return { text: frame("snapshot", viewSnapshot(execution, tasks), seen), reader };
}

async function tellNews(
  { executions }: ResumableSource,
  execution: Round["execution"],
  { log, seen: before, status }: Reader & Pick<Beginning, "log">,
): Promise<Told> {
  const place = { tenant: execution.tenant, execution: execution.executionId };
  let seen = before;
  const changed = new Set<string>();
  for await (const { sequence, event } of log()) {
    seen = sequence;
    const { task_id: task } = event.facts;
    if (typeof task === "string") changed.add(task);
  }
  const rows = await readAll(executions, [...changed].map((task) => taskKey({ ...place, task })));
  const tasks = [...rows.values()].map((row) => TaskRecord.parse(row));
  const isNews = tasks.length > 0 || execution.status !== status;
  const reader = { log, seen, status: execution.status };
  return { text: isNews ? frame("delta", viewDelta(execution, tasks), seen) : ALIVE, reader };
}
