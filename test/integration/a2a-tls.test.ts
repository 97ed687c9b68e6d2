import { readFileSync } from "node:fs";
import type { ServerOptions } from "node:https";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createA2aClient, type SendTask } from "../../shared/a2a/a2a-client.ts";
import type { AgentEndpoint } from "../../shared/a2a/agent-routes.ts";
import type { AgentCredential } from "../../shared/a2a/credentials.ts";
import { type ScriptedPeer, startPeer } from "./scripted-peer.ts";
import { keepSecret } from "./support/orchestrator-peers.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const pem = (name: string): string => readFileSync(path.join(import.meta.dirname, `../fixtures/tls/${name}.pem`), "utf8");
const CA = pem("authority");
const SERVER = { cert: pem("server"), key: pem("server.key") };
const DEMANDING = { ...SERVER, requestCert: true, rejectUnauthorized: true, ca: CA };
const certificateOf = (name: string): AgentCredential => ({ scheme: "mtls", certificate: pem(name), privateKey: pem(`${name}.key`) });

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

const SEND: SendTask = { messageId: "m-1", contextId: "c-1", parts: [{ kind: "text", text: "hello" }] };
const ANSWER = { json: { jsonrpc: "2.0", id: 1, result: { message: { messageId: "r", role: "ROLE_AGENT", parts: [{ text: "hi" }] } } } };

/** An agent over HTTPS, whose card asks for a client certificate if `security` says so. */
const startAgent = (tls: ServerOptions, security: object = {}): Promise<ScriptedPeer> =>
  startPeer(
    ({ method }, origin) =>
      method === "GET"
        ? { json: { name: "peer", supportedInterfaces: [{ url: `${origin}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }], skills: [], ...security } }
        : ANSWER,
    tls,
  );

const reach = (url: string, more: Omit<AgentEndpoint, "agentId" | "url"> = {}) => client.sendTask({ agentId: "p", url, ...more }, SEND);

describe("an agent's certificate", () => {
  it("that no public authority signed is refused, with what to do, before anything is sent", async () => {
    await using peer = await startAgent(SERVER);
    await expect(reach(peer.url)).rejects.toThrow("no public authority signed its certificate: pin its own in tls.ca of its registration");
    expect(peer.seen).toEqual([]);
  });

  it("that the pinned authority signed is taken, for the card and for calls", async () => {
    await using peer = await startAgent(SERVER);
    expect(await reach(peer.url, { ca: CA })).toMatchObject({ kind: "message" });
    expect(peer.seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("that another authority signed than the pinned one is refused", async () => {
    await using peer = await startAgent(SERVER);
    await expect(reach(peer.url, { ca: pem("stranger") })).rejects.toThrow("not signed as tls.ca of its registration says");
    expect(peer.seen).toEqual([]);
  });

  it("is looked at anew under each pin: neither a card nor a connection is shared", async () => {
    await using peer = await startAgent(SERVER);
    await reach(peer.url, { ca: CA });
    await expect(reach(peer.url)).rejects.toThrow("no public authority signed");
    const card = { name: "peer", supportedInterfaces: [{ url: `${peer.url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }], skills: [] };
    expect(await reach(peer.url, { card })).toMatchObject({ kind: "refused", message: expect.stringContaining("no public authority signed") });
    expect(peer.seen).toHaveLength(2);
  });

  it("must have the agent's name, pinned or not", async () => {
    await using peer = await startAgent({ cert: pem("elsewhere"), key: pem("elsewhere.key") });
    await expect(reach(peer.url, { ca: CA })).rejects.toThrow("register it by a name that its certificate has");
  });
});

describe("an agent that asks for a client certificate", () => {
  const security = { securitySchemes: { mutual: { mtlsSecurityScheme: {} } }, securityRequirements: [{ schemes: { mutual: {} } }] };

  it("gets the one of its secret, for its card as well", async () => {
    await using peer = await startAgent(DEMANDING, security);
    expect(await reach(peer.url, { ca: CA, credentials: [certificateOf("client")] })).toMatchObject({ kind: "message" });
    expect(peer.seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("gets it beside a token that its card asks for", async () => {
    const both = { securitySchemes: { mutual: { type: "mutualTLS" }, token: { type: "http", scheme: "bearer" } }, security: [{ mutual: [], token: [] }] };
    await using peer = await startAgent(DEMANDING, both);
    await reach(peer.url, { ca: CA, credentials: [certificateOf("client"), { scheme: "bearer", token: "B" }] });
    expect(peer.seen[1]?.headers.authorization).toBe("Bearer B");
  });

  it("refuses us without one, which counts as not sent and says what to do", async () => {
    await using peer = await startAgent(DEMANDING);
    await expect(reach(peer.url, { ca: CA })).rejects.toThrow('it asks for a client certificate: keep one in its secret, as {"scheme": "mtls"');
    await expect(reach(peer.url, { ca: CA })).rejects.toMatchObject({ name: "AgentUnavailable", isUnreachable: true });
    expect(peer.seen).toEqual([]);
  });

  it("refuses one that its authority did not sign", async () => {
    await using peer = await startAgent(DEMANDING);
    await expect(reach(peer.url, { ca: CA, credentials: [certificateOf("unknown-client")] })).rejects.toThrow("perhaps it does not take the client certificate of its secret");
    expect(peer.seen).toEqual([]);
  });

  it("is shown none that is bound to other hosts", async () => {
    await using peer = await startAgent(DEMANDING);
    const bound = { ...certificateOf("client"), hosts: ["agents.test"] };
    await expect(reach(peer.url, { ca: CA, credentials: [bound] })).rejects.toThrow("it asks for a client certificate");
  });
});

describe("an agent behind mutual TLS and an authority of its own", () => {
  const cloud = new StartedCloud();
  const workflows = new WorkflowClient(cloud);
  let peer: ScriptedPeer;
  beforeAll(async () => {
    peer = await startAgent(DEMANDING);
    cloud.start("--no-job", "--latency-ms", "0");
    await cloud.ready();
  });
  afterAll(async () => {
    await cloud.dispose();
    await peer[Symbol.asyncDispose]();
  });

  it("is refused at registration until it is said how to call it, and then does its tasks", async () => {
    const register = (more: object) => cloud.call("POST", "/api/v1/agents", { agent_id: "agent-guarded", endpoint: peer.url, capabilities: ["guarded"], ...more });
    const flaw = async (more: object) => {
      const { status, body } = await register(more);
      return { status, says: JSON.stringify(body) };
    };
    expect(await flaw({})).toEqual({ status: 400, says: expect.stringContaining("pin its own in tls.ca of its registration") });
    expect(await flaw({ tls: { ca: CA } })).toEqual({ status: 400, says: expect.stringContaining("it asks for a client certificate") });
    const card = { name: "guarded", supportedInterfaces: [{ url: `${peer.url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }], skills: [] };
    const credential_secret_arn = await keepSecret(cloud, { scheme: "mtls", certificate: pem("client"), private_key: pem("client.key") });
    expect((await register({ tls: { ca: CA }, card, credential_secret_arn })).status).toBe(201);
    const agents = { worker: { type: "guarded", capabilities: ["guarded"] } };
    await workflows.deploy("guarded", [{ id: "work", input: {} }], { agents });
    const id = await workflows.submit("guarded");
    expect(await workflows.finished(id)).toMatchObject({ status: "completed" });
    expect(await workflows.task(id, "work")).toMatchObject({ attempt: 1, output: { text: "hi" } });
  });
});

it("a pin opens no way to where we must not go", async () => {
  await using peer = await startAgent(SERVER);
  const strict = createA2aClient();
  const agent = { agentId: "p", url: peer.url, ca: CA, credentials: [certificateOf("client")] };
  await expect(strict.sendTask(agent, SEND)).rejects.toThrow("the address is not public");
  await expect(strict.sendTask({ ...agent, url: peer.url.replace("127.0.0.1", "localhost") }, SEND)).rejects.toThrow("the name is local");
  expect(peer.seen).toEqual([]);
  strict.close();
});
