import { viewEvent } from "../../shared/execution/views/events.ts";
import { beginAfter, type ResumableSource, rounds } from "./rounds.ts";
import { ALIVE, type EventSink, frame, type StreamRequest } from "./sink.ts";

/**
 * Streams an execution's events in their sequence, each once, from the one after `after` on; `gap` names sequences that
 * the log does not have; `end` comes when the execution is over and all that led there was sent.
 *
 * @throws {NotFoundError} before anything was written: no such execution for this tenant.
 * @throws {InvalidRequestError} before anything was written: the log does not reach as far as `after`.
 */
export async function streamEvents(source: ResumableSource, sink: EventSink, request: StreamRequest): Promise<void> {
  const { log } = await beginAfter(source, request);
  let next = (request.after ?? -1) + 1;
  for await (const { execution, isOver } of rounds(source, sink, request)) {
    let isSilent = true;
    for await (const { sequence, event } of log()) {
      if (sequence > next) await sink.write(frame("gap", { from: next, to: sequence - 1 }, sequence - 1));
      await sink.write(frame(event.type, viewEvent(event), sequence));
      next = sequence + 1;
      isSilent = false;
      if (sink.isClosed()) return;
    }
    if (isOver) return sink.write(frame("end", { status: execution.status }, next - 1));
    if (isSilent) await sink.write(ALIVE);
  }
}
