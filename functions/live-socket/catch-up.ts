import type { Sockets } from "../../shared/aws/sockets.ts";
import { InvalidRequestError } from "../../shared/core/errors.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import { type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { findSequence, followLog, isEndLogged } from "../../shared/execution/store/log-queries.ts";
import { loadStanding } from "../../shared/execution/store/projection-store.ts";
import { LIVE_LIMITS } from "../../shared/execution/live/limits.ts";
import { liveMessages, notice } from "../../shared/execution/live/live-message.ts";

/** What catching up stands on. */
export interface CatchUpDeps {
  readonly executions: ExecutionStore;
  readonly sockets: Sockets;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The execution of a connection. */
export interface Reader {
  readonly tenant: string;
  readonly execution: string;
  readonly connection: string;
}

/**
 * The sequence after which a reader goes on: of an event that it names, or of the last one there is.
 *
 * @throws {InvalidRequestError} the log does not have the event.
 */
export async function placeOf(deps: CatchUpDeps, at: Reader, after: string | number | undefined): Promise<number> {
  const { chain } = await loadStanding(deps.executions, at);
  if (after === undefined) return chain.length - 1;
  if (typeof after === "number") {
    if (after < chain.length) return after;
    throw new InvalidRequestError([{ field: "after", message: `${after} is beyond the log, which ends at ${chain.length - 1}` }]);
  }
  // An event reaches the log a moment after it was pushed.
  const until = deps.now().getTime() + LIVE_LIMITS.catchUpSeconds * 1000;
  do {
    const found = await findSequence(deps.executions, at, after);
    if (found !== undefined) return found;
    await deps.sleep(LIVE_LIMITS.catchUpLookMs);
  } while (deps.now().getTime() < until);
  throw new InvalidRequestError([{ field: "after", message: `'${after.slice(0, 100)}' is no event of this execution; leave it out to start now` }]);
}

/**
 * Sends what the log holds after a place, until it has passed the moment of subscribing: what happens from then on is
 * pushed. Some of it is sent by both; it has the same id. What is too much for one call is left for the next, and so is
 * the rest of an execution that is over when the log has not come to its end in time.
 */
export async function catchUp(deps: CatchUpDeps, reader: Reader, place: number): Promise<void> {
  const { executions, now, sleep } = deps;
  const started = now().getTime();
  const read = followLog(executions, reader, place < 0 ? undefined : place);
  let seen = place;
  let isOver = false;
  while (now().getTime() < started + LIVE_LIMITS.catchUpSeconds * 1000) {
    let isPast = false;
    for await (const { sequence, event } of read()) {
      for (const message of liveMessages(event, sequence)) {
        if ((await send(deps, reader.connection, message)) === "gone") return;
      }
      seen = sequence;
      isPast = Date.parse(event.timestamp) > started + LIVE_LIMITS.rememberedMs;
      if (now().getTime() > started + LIVE_LIMITS.catchUpSeconds * 1000) return tellRest(deps, reader, seen);
    }
    if (isPast) return;
    const execution = await loadExecution(executions, reader.tenant, reader.execution);
    isOver = isFinished(execution.status);
    if (isOver && (await isEndLogged(executions, execution))) return;
    await sleep(LIVE_LIMITS.catchUpLookMs);
  }
  if (isOver) await tellRest(deps, reader, seen);
}

async function tellRest(deps: CatchUpDeps, { execution, connection }: Reader, seen: number): Promise<void> {
  const data = { execution_id: execution, after: seen, remedy: "there is more: subscribe again after this sequence" };
  await send(deps, connection, notice("stream.missed", data, deps.now()));
}

/** Waits for a reader that is slow, as long as the call may take. */
export async function send({ sockets, sleep }: Pick<CatchUpDeps, "sockets" | "sleep">, connection: string, message: object) {
  const text = JSON.stringify(message);
  for (const delay of LIVE_LIMITS.noticeDelaysMs) {
    const posted = await sockets.post(connection, text);
    if (posted !== "full") return posted;
    await sleep(delay);
  }
  await sockets.cut(connection);
  return "gone" as const;
}
