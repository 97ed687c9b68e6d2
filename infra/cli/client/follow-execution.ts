import { isFinished } from "../../../shared/execution/execution.ts";
import { ExecutionEventView } from "../../../shared/execution/views/events.ts";
import { StageStatus } from "../../../shared/execution/views/status.ts";
import { callApi, type Connection, openReply, problemOf } from "./api-client.ts";
import { readEvents, type ServerEvent } from "./event-stream.ts";
import { type FollowOptions, isFinal, persist } from "./persist.ts";

const IDLE_MS = 20_000;

interface Place {
  readonly connection: Connection;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

const placeOf = (connection: Connection, execution: string, { signal }: FollowOptions): Place => ({
  connection,
  path: `/api/v1/executions/${encodeURIComponent(execution)}`,
  signal,
});

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
  options: FollowOptions = {},
): AsyncGenerator<StageStatus> {
  const at = placeOf(connection, execution, options);
  yield* persist(async function* () {
    for await (const status of liveThenAsked(at)) {
      yield status;
      if (isFinished(status.status)) return "over";
    }
    return "again";
  }, options);
}

/**
 * Yields each event of an execution once and in its sequence, until all of a finished execution's are told. Survives
 * restarts of the other side: it goes on after the last event that came.
 *
 * @throws {ApiProblem} no such execution, or not permitted.
 * @throws {ConnectionError} the API was gone longer than `patienceMs`.
 */
export async function* followEvents(
  connection: Connection,
  execution: string,
  options: FollowOptions = {},
): AsyncGenerator<ExecutionEventView> {
  const at = placeOf(connection, execution, options);
  let last: string | undefined;
  yield* persist(async function* () {
    for await (const { event, data, id } of openStream(at, { view: "events", last })) {
      last = id ?? last;
      if (event === "end") return "over";
      if (event !== "gap") yield ExecutionEventView.parse(JSON.parse(data));
    }
    return "again";
  }, options);
}

async function* liveThenAsked(at: Place): AsyncGenerator<StageStatus> {
  try {
    for await (const { event, data } of openStream(at, { view: "status" })) {
      if (event === "end") break;
      if (event === "status") yield StageStatus.parse(JSON.parse(data));
    }
  } catch (error) {
    if (isFinal(error)) throw error;
  }
  yield await askStatus(at);
}

async function* openStream(
  { connection, path, signal }: Place,
  { view, last }: { view: string; last?: string | undefined },
): AsyncGenerator<ServerEvent> {
  const headers = { accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": last }) };
  const call = { path: `${path}/stream`, query: { view }, headers, ...(signal ? { signal } : {}) };
  const reply = await openReply(connection, call);
  if (!reply.ok) throw problemOf(reply.status, await reply.text());
  if (reply.body !== null) yield* readEvents(reply.body, IDLE_MS);
}

const askStatus = ({ connection, path, signal }: Place): Promise<StageStatus> =>
  callApi(connection, { path: `${path}/status`, ...(signal ? { signal } : {}) }, StageStatus);
