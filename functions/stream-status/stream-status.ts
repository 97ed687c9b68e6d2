import { createHash } from "node:crypto";
import { stageStatus } from "../../shared/execution/run/execution-status.ts";
import { type Snapshot, type StatusSource, takeSnapshot } from "../../shared/execution/run/snapshot.ts";
import { isFinished } from "../../shared/execution/execution.ts";

/** Where server-sent events go. `write` resolves once the reader took the text. */
export interface EventSink {
  write(text: string): Promise<void>;
  readonly isClosed: () => boolean;
}

/** What to stream and for how long. */
export interface StreamRequest {
  readonly tenant: string;
  readonly execution: string;
  readonly intervalMs: number;
  /** The gateway would cut us off soon after; the reader connects again. */
  readonly until: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Streams an execution's status: an event whenever it differs from the last one sent, a comment otherwise so that
 * proxies keep the connection, `end` when the execution is finished.
 *
 * @throws {NotFoundError} before anything was written: no such execution for this tenant.
 */
export async function streamStatus(source: StatusSource, sink: EventSink, request: StreamRequest): Promise<void> {
  let previous = "";
  while (!sink.isClosed()) {
    const snapshot = await takeSnapshot(source, request.tenant, request.execution);
    const digest = digestOf(snapshot);
    await sink.write(digest === previous ? ": alive\n\n" : frame("status", stageStatus(snapshot)));
    previous = digest;
    if (isFinished(snapshot.execution.status)) return sink.write(frame("end", { status: snapshot.execution.status }));
    if (source.now().getTime() + request.intervalMs > request.until) return;
    await request.sleep(request.intervalMs);
  }
}

const frame = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What makes a status new: states, not the seconds that tick by. */
function digestOf({ execution, tasks }: Snapshot): string {
  const states = [...tasks.values()].map(({ task, state, attempt, agentId }) => `${task} ${state} ${attempt} ${agentId ?? ""}`);
  return createHash("sha256").update([execution.status, ...states].join("\n")).digest("base64");
}
