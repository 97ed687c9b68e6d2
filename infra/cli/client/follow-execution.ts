import { setTimeout as sleep } from "node:timers/promises";
import { isFinished } from "../../../shared/execution/execution.ts";
import { StageStatus } from "../../../shared/execution/views/status.ts";
import { callApi, type Connection, openReply, problemOf } from "./api-client.ts";
import { ApiProblem } from "./api-errors.ts";
import { readEvents } from "./event-stream.ts";

/** How patient following is. */
export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Pause before another attempt. @default 1000 */
  readonly retryMs?: number;
  /** How long the API may be gone before we are. @default 60000 */
  readonly patienceMs?: number;
}

const IDLE_MS = 20_000;

/**
 * Yields an execution's status at once and whenever it changes, until it is finished. Live by the event stream; while
 * that cannot be had, by asking. Survives restarts of the other side.
 *
 * @throws {ApiProblem} no such execution, or not permitted.
 * @throws {ConnectionError} the API was gone longer than `patienceMs`.
 */
export async function* followExecution(
  connection: Connection,
  execution: string,
  { signal, retryMs = 1000, patienceMs = 60_000 }: FollowOptions = {},
): AsyncGenerator<StageStatus> {
  const at = { connection, path: `/api/v1/executions/${encodeURIComponent(execution)}`, signal };
  const isStopped = (): boolean => signal?.aborted === true;
  let goneSince: number | undefined;
  while (!isStopped()) {
    try {
      for await (const status of liveThenAsked(at)) {
        goneSince = undefined;
        yield status;
        if (isFinished(status.status)) return;
      }
    } catch (error) {
      if (isFinal(error)) throw error;
      if (isStopped()) return;
      goneSince ??= Date.now();
      if (Date.now() - goneSince > patienceMs) throw error;
    }
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

interface Place {
  readonly connection: Connection;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

async function* liveThenAsked(at: Place): AsyncGenerator<StageStatus> {
  try {
    yield* live(at);
  } catch (error) {
    if (isFinal(error)) throw error;
  }
  yield await askStatus(at);
}

async function* live({ connection, path, signal }: Place): AsyncGenerator<StageStatus> {
  const headers = { accept: "text/event-stream" };
  const reply = await openReply(connection, { path: `${path}/stream`, headers, ...(signal ? { signal } : {}) });
  if (!reply.ok) throw problemOf(reply.status, await reply.text());
  if (reply.body === null) return;
  for await (const { event, data } of readEvents(reply.body, IDLE_MS)) {
    if (event === "end") return;
    if (event === "status") yield StageStatus.parse(JSON.parse(data));
  }
}

const askStatus = ({ connection, path, signal }: Place): Promise<StageStatus> =>
  callApi(connection, { path: `${path}/status`, ...(signal ? { signal } : {}) }, StageStatus);

/** A refusal that stands however often it is asked; a broken connection may come back. */
const isFinal = (error: unknown): boolean => error instanceof ApiProblem && !error.mayPass;
