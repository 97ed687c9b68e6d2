import { describe, expect, it } from "vitest";
import { liveSocket, type LiveSocketDeps } from "../../../functions/live-socket/live-socket.ts";
import { SocketEvent } from "../../../functions/live-socket/socket-event.ts";
import { listSubscriptions } from "../../../shared/execution/store/subscription-store.ts";
import type { LiveTarget } from "../../../shared/execution/live/live-target.ts";
import { rememberedOrigins, rememberedStandings } from "../../../shared/execution/store/projection-store.ts";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { EXECUTION, MemoryRuntime, startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";
import { moveHeadElsewhere } from "../../fixtures/runtime/meanwhile.ts";
import { streamOf } from "../../fixtures/runtime/memory-stream.ts";
import { MemorySockets } from "../execution/live/memory-sockets.ts";

const HERE: LiveTarget = { kind: "execution", id: EXECUTION };

interface Sent {
  readonly asked?: string;
  readonly roles?: string;
  readonly tenant?: string;
  readonly expires?: number;
  readonly text?: string | object;
}

async function world() {
  const runtime = await startedRuntime();
  const sockets = new MemorySockets();
  const defects: unknown[] = [];
  const deps: LiveSocketDeps = {
    executions: runtime.executions,
    store: { db: runtime.tables.client, table: "control" },
    sockets,
    now: runtime.now,
    sleep: async (ms) => void (runtime.time += ms),
    onDefect: (error) => defects.push(error),
  };
  const event = (eventType: "CONNECT" | "DISCONNECT" | "MESSAGE", { asked = "", roles = "admin", tenant = "acme", expires = runtime.time / 1000 + 600, text = "" }: Sent) =>
    SocketEvent.parse({
      requestContext: { eventType, connectionId: "c1", requestId: "r", authorizer: { tenant, subject: "ann", roles, expires: String(expires), asked } },
      body: typeof text === "string" ? text : JSON.stringify(text),
    });
  const send = (text: string | object, more: Sent = {}) => liveSocket(deps, event("MESSAGE", { ...more, text }));
  const connect = (sent: Sent) => liveSocket(deps, event("CONNECT", sent));
  const disconnect = (sent: Sent) => liveSocket(deps, event("DISCONNECT", sent));
  const subscribed = (target: LiveTarget) => listSubscriptions(deps.store, "acme", target);
  return { runtime, sockets, deps, defects, send, connect, disconnect, subscribed };
}

/** The runtime's changes so far, in the log. */
const project = (runtime: MemoryRuntime): Promise<void> =>
  projectEvents({ executions: runtime.executions, standings: rememberedStandings(), origins: rememberedOrigins() }, streamOf(runtime.tables.changes));

describe("opening a connection", () => {
  it.each([
    { asked: `execution_id=${EXECUTION}`, target: HERE },
    { asked: `id=${EXECUTION}`, target: HERE },
    { asked: "workflow_id=drawn", target: { kind: "workflow", id: "drawn" } as const },
    { asked: "id=drawn", target: { kind: "workflow", id: "drawn" } as const },
    { asked: "dashboard=true", target: { kind: "dashboard" } as const },
  ])("by ?$asked subscribes it, with one write", async ({ asked, target }) => {
    const { runtime, connect, disconnect, subscribed } = await world();
    runtime.tables.calls.length = 0;
    expect(await connect({ asked })).toEqual({ statusCode: 200 });
    expect(runtime.tables.calls.filter((call) => call !== "GetCommand")).toEqual(["PutCommand"]);
    expect(await subscribed(target)).toMatchObject([{ connection: "c1" }]);
    await disconnect({ asked });
    expect(await subscribed(target)).toEqual([]);
  });

  it("writes nothing when it asks for nothing yet", async () => {
    const { runtime, connect } = await world();
    runtime.tables.calls.length = 0;
    expect(await connect({})).toEqual({ statusCode: 200 });
    expect(runtime.tables.calls).toEqual([]);
  });

  it.each([
    { what: "a role that may not read", sent: { roles: "agent", asked: "dashboard=true" }, status: 403 },
    { what: "an execution that does not exist", sent: { asked: "execution_id=exec_99999999" }, status: 404 },
    { what: "another tenant's execution", sent: { tenant: "other", asked: `execution_id=${EXECUTION}` }, status: 404 },
    { what: "two targets", sent: { asked: `execution_id=${EXECUTION}&dashboard=true` }, status: 400 },
    { what: "an id of other characters", sent: { asked: "workflow_id=a%23b" }, status: 400 },
  ])("is refused for $what: $status", async ({ sent, status }) => {
    const { connect } = await world();
    expect(await connect(sent)).toEqual({ statusCode: status });
  });
});

describe("a message", () => {
  it("subscribes to more, and ends it", async () => {
    const { sockets, send, subscribed } = await world();
    await send({ action: "subscribe", workflow_id: "drawn" });
    await send({ action: "subscribe", dashboard: true });
    expect(await subscribed({ kind: "workflow", id: "drawn" })).toHaveLength(1);
    await send({ action: "unsubscribe", workflow_id: "drawn" });
    expect(await subscribed({ kind: "workflow", id: "drawn" })).toEqual([]);
    expect(await subscribed({ kind: "dashboard" })).toHaveLength(1);
    expect(sockets.typesOf("c1")).toEqual(["subscription.added", "subscription.added", "subscription.removed"]);
  });

  it.each([
    { what: "what is no JSON", text: "{", status: 400 },
    { what: "an unknown action", text: { action: "explode" }, status: 400 },
    { what: "a typo", text: { action: "subscribe", exection_id: EXECUTION }, status: 400 },
    { what: "no target", text: { action: "subscribe" }, status: 400 },
    { what: "another tenant's execution", text: { action: "subscribe", execution_id: EXECUTION }, more: { tenant: "other" }, status: 404 },
    { what: "a place in a workflow", text: { action: "subscribe", workflow_id: "drawn", after: 1 }, status: 400 },
    { what: "a place beyond the log", text: { action: "subscribe", execution_id: EXECUTION, after: 99 }, status: 400 },
    { what: "a role that may not", text: { action: "subscribe", dashboard: true }, more: { roles: "" }, status: 403 },
  ])("is refused for $what, and the connection stays", async ({ text, more, status }) => {
    const { sockets, send, defects } = await world();
    expect(await send(text, more ?? {})).toEqual({ statusCode: 200 });
    expect(sockets.got.get("c1")).toMatchObject([{ type: "request.refused", data: { status } }]);
    expect({ cuts: sockets.cuts, defects }).toEqual({ cuts: [], defects: [] });
  });

  it("after the token has ended is told so, and the connection is cut", async () => {
    const { runtime, sockets, send, subscribed } = await world();
    await send({ action: "subscribe", dashboard: true }, { expires: runtime.time / 1000 });
    expect({ types: sockets.typesOf("c1"), cuts: sockets.cuts }).toEqual({ types: ["token.expired"], cuts: ["c1"] });
    expect(await subscribed({ kind: "dashboard" })).toEqual([]);
  });

  it("is answered, be it only to see whether anybody is there", async () => {
    const { sockets, send } = await world();
    await send({ action: "ping" });
    expect(sockets.typesOf("c1")).toEqual(["pong"]);
  });
});

describe("coming back", () => {
  it.each([
    { what: "an id", after: "a.1.assigned", has: ["task.completed"] },
    { what: "a sequence", after: -1, has: ["agent.task_assigned", "task.completed"] },
  ])("with $what gets what was missed, with its sequence, and nothing twice", async ({ after, has }) => {
    const { runtime, sockets, send } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    await project(runtime);
    await send({ action: "subscribe", execution_id: EXECUTION, after });
    const [added, ...missed] = sockets.got.get("c1") ?? [];
    expect(added).toMatchObject({ type: "subscription.added", data: { execution_id: EXECUTION } });
    expect(missed.map(({ type }) => type)).toEqual(expect.arrayContaining(has));
    const sequences = missed.map(({ sequence }) => sequence ?? -1);
    expect(new Set(sequences).size).toBeGreaterThan(0);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it("without a place gets nothing of the past", async () => {
    const { runtime, sockets, send } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    await project(runtime);
    await send({ action: "subscribe", execution_id: EXECUTION });
    expect(sockets.typesOf("c1")).toEqual(["subscription.added"]);
  });

  it("finds what was not in the log yet when it asked", async () => {
    const { runtime, sockets, deps, send } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    let looks = 0;
    const late: LiveSocketDeps = {
      ...deps,
      sleep: async (ms) => {
        runtime.time += ms;
        if ((looks += 1) === 2) await project(runtime);
      },
    };
    Object.assign(deps, late);
    await send({ action: "subscribe", execution_id: EXECUTION, after: -1 });
    expect(sockets.typesOf("c1")).toContain("task.completed");
  });

  it("is told to ask again where the log has not come to the end of an execution in time", async () => {
    const { runtime, sockets, send } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    await project(runtime);
    moveHeadElsewhere(runtime, { status: "completed", completedAt: new Date(runtime.time + 5).toISOString() });
    await send({ action: "subscribe", execution_id: EXECUTION, after: -1 });
    const heard = sockets.got.get("c1") ?? [];
    const seen = heard.findLast(({ sequence }) => sequence !== undefined)?.sequence;
    expect(heard.at(-1)).toMatchObject({ type: "stream.missed", data: { execution_id: EXECUTION, after: seen } });
  });

  it("is not told to where an execution goes on and nothing happens in it", async () => {
    const { runtime, sockets, send } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    await project(runtime);
    await send({ action: "subscribe", execution_id: EXECUTION, after: -1 });
    expect(sockets.typesOf("c1")).not.toContain("stream.missed");
  });

  it("with an id that the log does not have is refused", async () => {
    const { sockets, send } = await world();
    await send({ action: "subscribe", execution_id: EXECUTION, after: "no.such.event" });
    expect(sockets.got.get("c1")).toMatchObject([{ type: "request.refused", data: { status: 400, errors: [{ field: "after" }] } }]);
  });
});
