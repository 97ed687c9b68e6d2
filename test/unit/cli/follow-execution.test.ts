import { describe, expect, it } from "vitest";
import { ApiProblem, ConnectionError } from "../../../infra/cli/client/api-errors.ts";
import { type FollowOptions, followExecution } from "../../../infra/cli/client/follow-execution.ts";
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
    expect(api.seen.map(({ line }) => line)).toEqual([STREAM]);
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
