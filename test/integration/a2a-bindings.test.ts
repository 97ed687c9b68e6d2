import { afterAll, describe, expect, it } from "vitest";
import { createA2aClient, type SendTask } from "../../shared/a2a/a2a-client.ts";
import { readAgentCard } from "../../shared/a2a/agent-card.ts";
import { ForbiddenUrlError, InvalidAgentCardError } from "../../shared/a2a/errors.ts";
import { type ScriptedReply, type SeenRequest, startPeer } from "./scripted-peer.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

const SEND: SendTask = { messageId: "m-1", contextId: "c-1", parts: [{ kind: "text", text: "hello" }] };
const cardOf = (interfaces: readonly object[], more: object = {}) => ({ name: "peer", version: "1", supportedInterfaces: interfaces, capabilities: {}, skills: [], ...more });
const at = (url: string, protocolBinding: string, protocolVersion = "1.0") => ({ url, protocolBinding, protocolVersion });
const TASK = { id: "t-1", contextId: "c-1", status: { state: "TASK_STATE_WORKING" } };
const event = (result: object): string => `data: ${JSON.stringify(result)}`;
const rpc = (result: object): object => ({ jsonrpc: "2.0", id: 1, result });
const SSE = { "content-type": "text/event-stream" };

/** A peer at `/agent`, whose card offers it in one binding. */
const peerOf = (script: (request: SeenRequest) => ScriptedReply | undefined, { binding = "HTTP+JSON", more = {} }: { binding?: string; more?: object } = {}) =>
  startPeer((request, origin) =>
    request.url === "/.well-known/agent-card.json" ? { json: cardOf([at(`${origin}/agent`, binding)], more) } : script(request),
  );

describe("HTTP+JSON", () => {
  it("sends the message as the body, with what JSON-RPC would have as parameters", async () => {
    await using peer = await peerOf(({ url }) => (url === "/agent/message:send" ? { json: { task: TASK } } : undefined));
    const outcome = await client.sendTask({ agentId: "a", url: peer.url }, SEND);
    expect(outcome).toMatchObject({ kind: "task", snapshot: { taskId: "t-1", state: "working" } });
    const { method, headers, body } = peer.seen.at(-1) ?? {};
    expect(method).toBe("POST");
    expect(headers?.["a2a-version"]).toBe("1.0");
    expect(JSON.parse(body ?? "")).toMatchObject({ message: { messageId: "m-1", role: "ROLE_USER", parts: [{ text: "hello" }] }, configuration: { returnImmediately: true } });
  });

  it("reads a stream whose events are not wrapped, and whose last one no blank line follows", async () => {
    const text = [event({ task: TASK }), event({ statusUpdate: { taskId: "t-1", status: { state: "TASK_STATE_COMPLETED" } } })].join("\n\n");
    await using peer = await peerOf(({ url }) => (url === "/agent/message:stream" ? { headers: SSE, text } : undefined), { more: { capabilities: { streaming: true } } });
    const told: string[] = [];
    const outcome = await client.sendTask({ agentId: "a", url: peer.url }, { ...SEND, stream: true, onTask: ({ taskId, state }) => told.push(`${taskId} ${state}`) });
    expect(outcome).toMatchObject({ kind: "task", snapshot: { state: "completed" } });
    expect(told).toEqual(["t-1 working"]);
  });

  it("gets, cancels and lists by path and query", async () => {
    await using peer = await peerOf(({ url }) => {
      if (url === "/agent/tasks/t%2F1?historyLength=0") return { json: { ...TASK, id: "t/1" } };
      if (url === "/agent/tasks/t%2F1:cancel") return { json: { ...TASK, status: { state: "TASK_STATE_CANCELED" } } };
      if (url.startsWith("/agent/tasks?")) return { json: { tasks: [{ ...TASK, history: [{ messageId: "m-1", role: "ROLE_USER" }] }], nextPageToken: "" } };
      return undefined;
    });
    const agent = { agentId: "a", url: peer.url };
    expect(await client.getTask(agent, "t/1")).toMatchObject({ taskId: "t/1" });
    expect(await client.cancelTask(agent, "t/1")).toMatchObject({ state: "canceled" });
    expect(await client.findTask(agent, { contextId: "c-1", messageId: "m-1" })).toMatchObject({ taskId: "t-1" });
    expect(peer.seen.at(-1)?.url).toBe("/agent/tasks?contextId=c-1&pageSize=100&includeArtifacts=true");
  });

  const errorOf = (code: number, reason?: string): ScriptedReply => ({
    status: code,
    json: { error: { code, status: "X", message: "no", details: reason === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" }] } },
  });

  it.each<[what: string, reply: ScriptedReply]>([
    ["names the reason", errorOf(404, "TASK_NOT_FOUND")],
    ["only says 404", errorOf(404)],
  ])("knows that there is no such task when the agent %s", async (_, reply) => {
    await using peer = await peerOf(() => reply);
    expect(await client.getTask({ agentId: "a", url: peer.url }, "t")).toBe("not-found");
  });

  it.each<[reason: string | undefined, status: number, outcome: object]>([
    ["PUSH_NOTIFICATION_NOT_SUPPORTED", 400, { kind: "refused", code: "-32003" }],
    [undefined, 503, { kind: "refused", code: "HTTP 503", retryable: true, message: "no" }],
    [undefined, 401, { kind: "refused", code: "Unauthorized" }],
  ])("reads the error %s of HTTP %i as JSON-RPC's", async (reason, status, outcome) => {
    await using peer = await peerOf(() => errorOf(status, reason));
    expect(await client.sendTask({ agentId: "a", url: peer.url }, SEND)).toMatchObject(outcome);
  });

  it("puts the tenant of the interface first in the path", async () => {
    await using peer = await startPeer(({ url }, origin) => {
      if (url === "/.well-known/agent-card.json") return { json: cardOf([{ ...at(origin, "HTTP+JSON"), tenant: "acme" }]) };
      return url === "/acme/message:send" ? { json: { task: TASK } } : undefined;
    });
    expect(await client.sendTask({ agentId: "a", url: peer.url }, SEND)).toMatchObject({ kind: "task" });
  });
});

describe("extensions that a registration names", () => {
  it("are declared in every call", async () => {
    await using peer = await peerOf(({ url }) => (url.endsWith("/message:send") ? { json: { task: TASK } } : { json: TASK }));
    const agent = { agentId: "a", url: peer.url, extensions: ["https://ext.test/v1", "urn:two"] };
    await client.sendTask(agent, SEND);
    await client.getTask(agent, "t-1");
    await client.cancelTask(agent, "t-1");
    const calls = peer.seen.filter(({ url }) => !url.startsWith("/.well-known"));
    expect(calls.map(({ headers }) => headers["a2a-extensions"])).toEqual(Array.from({ length: 3 }, () => "https://ext.test/v1, urn:two"));
  });
});

describe("where a card leads", () => {
  const target = (interfaces: readonly object[]): string => {
    const card = readAgentCard(cardOf(interfaces));
    if ("flaw" in card) throw new Error(card.flaw);
    return client.callTarget("https://agents.test/", card).href;
  };

  it("is JSON-RPC where it is offered, else HTTP+JSON", () => {
    expect(target([at("https://agents.test/rest", "HTTP+JSON"), at("https://agents.test/rpc", "JSONRPC", "0.3")])).toBe("https://agents.test/rpc");
    expect(target([at("https://agents.test/grpc", "GRPC"), at("https://agents.test/rest", "HTTP+JSON")])).toBe("https://agents.test/rest");
  });

  it.each<[what: string, interfaces: readonly object[], says: RegExp]>([
    ["gRPC alone", [at("https://agents.test/", "GRPC")], /GRPC 1\.0.*spoken here are.*gRPC needs connections of HTTP\/2/],
    ["HTTP+JSON of 0.2, which had none", [at("https://agents.test/", "HTTP+JSON", "0.2.6")], /HTTP\+JSON 0\.2.*spoken here/],
  ])("is refused for %s", (_, interfaces, says) => {
    expect(() => target(interfaces)).toThrow(InvalidAgentCardError);
    expect(() => target(interfaces)).toThrow(says);
  });

  it.each(["http://0.0.0.0:9999/", "https://[::]/"])("is refused for %s, where a server listens", (url) => {
    expect(() => target([at(url, "JSONRPC")])).toThrow(ForbiddenUrlError);
    expect(() => target([at(url, "JSONRPC")])).toThrow(/where a server listens/);
  });
});

describe("what servers do that they should not", () => {
  it.each([301, 302, 307, 308])("a redirect (%i) inside the origin is followed, with the same message", async (status) => {
    await using peer = await peerOf(
      ({ url }) => (url === "/agent" ? { status, headers: { location: "/agent/" } } : { json: rpc({ task: TASK }) }),
      { binding: "JSONRPC" },
    );
    expect(await client.sendTask({ agentId: "a", url: peer.url }, SEND)).toMatchObject({ kind: "task" });
    const bodies = peer.seen.filter(({ method }) => method === "POST").map(({ url, body }) => [url, JSON.parse(body).params.message.messageId]);
    expect(bodies).toEqual([["/agent", "m-1"], ["/agent/", "m-1"]]);
  });

  it("a redirect that never ends is a refusal", async () => {
    await using peer = await peerOf(() => ({ status: 307, headers: { location: "/agent" } }), { binding: "JSONRPC" });
    expect(await client.sendTask({ agentId: "a", url: peer.url }, SEND)).toMatchObject({ kind: "refused", code: "Redirected" });
  });

  it.each<[what: string, headers: Record<string, string>, text: string]>([
    ["an event without its blank line", SSE, event(rpc({ task: TASK }))],
    ["a whole reply under the name of a stream", SSE, JSON.stringify(rpc({ task: TASK }))],
    ["a whole reply in place of a stream", {}, JSON.stringify(rpc({ task: TASK }))],
  ])("%s is read", async (_, headers, text) => {
    await using peer = await peerOf(() => ({ headers, text }), { binding: "JSONRPC", more: { capabilities: { streaming: true } } });
    const outcome = await client.sendTask({ agentId: "a", url: peer.url }, { ...SEND, stream: true });
    expect(outcome).toMatchObject({ kind: "task", snapshot: { taskId: "t-1" } });
  });

  it("a reply that cannot be read may be better elsewhere", async () => {
    await using peer = await peerOf(() => ({ text: "{not json" }), { binding: "JSONRPC" });
    expect(await client.sendTask({ agentId: "a", url: peer.url }, SEND)).toMatchObject({ kind: "refused", code: "InvalidReply", retryable: true });
  });

  it("a card may lie at any URL", async () => {
    await using peer = await startPeer(({ url }, origin) => (url === "/cards/42" ? { json: cardOf([at(origin, "JSONRPC")]) } : undefined));
    expect((await client.fetchAgentCard(`${peer.url}/cards/42`)).url).toBe(`${peer.url}/cards/42`);
  });
});
