import { describe, expect, it } from "vitest";
import { ApiProblem, ConnectionError } from "../../../infra/cli/client/api-errors.ts";
import { followEvents, followExecution } from "../../../infra/cli/client/follow-execution.ts";
import type { FollowOptions } from "../../../infra/cli/client/persist.ts";
import type { Connection } from "../../../infra/cli/client/api-client.ts";
import { events, inTurn, json, problem, startFakeApi } from "./fake-api.ts";
import { statusReply } from "../../fixtures/api/sample-replies.ts";

const STREAM = "GET /dev/api/v1/executions/exec_00000001/stream";
const STATUS = "GET /dev/api/v1/executions/exec_00000001/status";
const running = statusReply("running", [{ stage_id: "fetch", status: "running" }]);
const completed = statusReply("completed", [{ stage_id: "fetch", status: "completed" }]);
const busy = problem(503, { title: "later", detail: "" });

async function follow(connection: Connection, options: FollowOptions = {}): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of followExecution(connection, "exec_00000001", { retryMs: 1, ...options }))
    seen.push(status);
  return seen;
}

describe("followExecution", () => {
  it("yields what the stream sends, shows the token, and ends with the execution", async () => {
    await using api = await startFakeApi({ [STREAM]: events(["status", running], ["status", completed], ["end", {}]) });
    expect(await follow(api.connection)).toEqual(["running", "completed"]);
    expect(api.seen.map(({ line }) => line)).toEqual([`${STREAM}?view=status`]);
    expect(api.seen[0]?.headers.authorization).toBe("Bearer secret");
  });

  it("connects again when the stream ends before the execution does", async () => {
    await using api = await startFakeApi({
      [STREAM]: inTurn(events(["status", running]), events(["status", completed])),
      [STATUS]: json(200, running),
    });
    expect(await follow(api.connection)).toEqual(["running", "running", "completed"]);
  });

  it("asks for the status while there is no stream", async () => {
    await using api = await startFakeApi({
      [STREAM]: busy,
      [STATUS]: inTurn(json(200, running), json(200, completed)),
    });
    expect(await follow(api.connection)).toEqual(["running", "completed"]);
  });

  it("goes on after an event that makes no sense", async () => {
    await using api = await startFakeApi({
      [STREAM]: events(["status", { odd: true }]),
      [STATUS]: json(200, completed),
    });
    expect(await follow(api.connection)).toEqual(["completed"]);
  });

  it("sits out an API that is gone for a while", async () => {
    await using api = await startFakeApi({
      [STREAM]: inTurn(busy, busy, events(["status", completed])),
      [STATUS]: busy,
    });
    expect(await follow(api.connection)).toEqual(["completed"]);
  });

  it("loses patience with an API that stays away", async () => {
    const api = await startFakeApi({});
    await api[Symbol.asyncDispose]();
    await expect(follow(api.connection, { patienceMs: 20 })).rejects.toThrow(ConnectionError);
  });

  it("does not wait for an execution that does not exist", async () => {
    await using api = await startFakeApi({});
    await expect(follow(api.connection)).rejects.toThrow(ApiProblem);
    expect(api.seen).toHaveLength(1);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    await using api = await startFakeApi({
      [STREAM]: (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`event: status\ndata: ${JSON.stringify(running)}\n\n`);
      },
    });
    const seen: string[] = [];
    for await (const { status } of followExecution(api.connection, "exec_00000001", { signal: stop.signal })) {
      seen.push(status);
      stop.abort();
    }
    expect(seen).toEqual(["running"]);
  });
});

describe("followEvents", () => {
  const happened = (id: number) => ({
    event_type: "task.parked",
    version: 1,
    event_id: `e${id}`,
    tenant: "acme",
    workflow_id: "w",
    execution_id: "exec_00000001",
    trace_id: "t",
    timestamp: "2026-11-21T10:00:00.000Z",
  });

  it("goes on after the last event that came, and passes over what is none", async () => {
    const told = (...pieces: readonly (readonly [id: number, name: string, data: unknown])[]) =>
      events(...pieces.map(([id, name, data]) => [`${name}\nid: ${id}`, data] as const));
    await using api = await startFakeApi({
      [STREAM]: inTurn(
        told([0, "task.parked", happened(0)], [1, "task.parked", happened(1)]),
        busy,
        told([4, "gap", { from: 2, to: 4 }]),
        told([5, "task.parked", happened(5)], [5, "end", { status: "completed" }]),
      ),
    });
    const heard: string[] = [];
    for await (const { event_id } of followEvents(api.connection, "exec_00000001", { retryMs: 1 })) heard.push(event_id);
    expect(heard).toEqual(["e0", "e1", "e5"]);
    expect(api.seen.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1", "1", "4"]);
  });
});
