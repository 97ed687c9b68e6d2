import { createHash } from "node:crypto";
import { stageStatus } from "../../shared/execution/run/execution-status.ts";
import { type Snapshot, type StatusSource, takeSnapshot } from "../../shared/execution/run/snapshot.ts";
import { loadStanding } from "../../shared/execution/store/projection-store.ts";
import { viewWaiting } from "../../shared/execution/views/waiting.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import { ALIVE, type EventSink, frame, type StreamRequest } from "./sink.ts";

/**
 * Streams an execution's status: an event whenever it differs from the last one sent, a comment otherwise so that
 * proxies keep the connection, `end` when the execution is finished. Each status is whole, so a reader that comes back
 * has missed nothing; its sequence tells from where the events would go on.
 *
 * @throws {NotFoundError} before anything was written: no such execution for this tenant.
 */
export async function streamStatus(source: StatusSource, sink: EventSink, request: StreamRequest): Promise<void> {
  let previous = "";
  while (!sink.isClosed()) {
    const { chain } = await loadStanding(source.executions, request);
    const snapshot = await takeSnapshot(source, request.tenant, request.execution);
    const digest = digestOf(snapshot);
    await sink.write(digest === previous ? ALIVE : frame("status", stageStatus(snapshot), chain.length - 1));
    previous = digest;
    const { status } = snapshot.execution;
    if (isFinished(status)) return sink.write(frame("end", { status }, chain.length - 1));
    if (source.now().getTime() + request.intervalMs > request.until) return;
    await request.sleep(request.intervalMs);
  }
}

/** What makes a status new: states and what is waited for, not the seconds that tick by. */
function digestOf({ execution, tasks }: Snapshot): string {
  const states = [...tasks.values()].map((record) => {
    const { task, state, attempt, agentId = "" } = record;
    return [task, state, attempt, agentId, viewWaiting(record)?.reason].join(" ");
  });
  return createHash("sha256").update([execution.status, ...states].join("\n")).digest("base64");
}
