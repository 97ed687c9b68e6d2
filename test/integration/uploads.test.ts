import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { upload } from "../../infra/cli/client/upload.ts";
import { OpenUpload } from "../../shared/execution/views/uploads.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { type ScriptedPeer, startPeer } from "./scripted-peer.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const HUNDRED_MB = 100_000_000;
const PATIENCE_MS = 180_000;
const Message = z.object({ params: z.object({ message: z.object({ parts: z.array(z.looseObject({ url: z.string().optional() })) }) }) });
const Linked = z.object({ output_url: z.string(), output_bytes: z.int() });

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;
let reader: ScriptedPeer;
/** Where messages say that their large input lies. */
const links: string[] = [];
const lastLink = (): string => links.at(-1) ?? "";

const cardOf = (url: string) => ({ name: "reader", supportedInterfaces: [{ url: `${url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }], skills: [] });

beforeAll(async () => {
  reader = await startPeer(({ method, body }, origin) => {
    if (method === "GET") return { json: cardOf(origin) };
    // An agent hears more than messages: questions about what it may have heard before.
    links.push(...(Message.safeParse(JSON.parse(body)).data?.params.message.parts.flatMap(({ url }) => url ?? []) ?? []));
    return { json: { jsonrpc: "2.0", id: 1, result: { message: { messageId: "r", role: "ROLE_AGENT", parts: [{ text: "read" }] } } } };
  });
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  for (const [endpoint, capability] of [[agent.url, "echo"], [reader.url, "reading"]] as const) {
    const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint, capabilities: [capability] });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  await client.deploy("reading", [{ id: "read", input: {} }], { agents: { worker: { type: "reader", capabilities: ["reading"] } } });
  await client.deploy("big", [{ id: "made", timeout: 120, input: { behaviour: "big", bytes: HUNDRED_MB } }]);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
  await reader[Symbol.asyncDispose]();
});

describe("a hundred megabytes", () => {
  it("come in by an upload, and an agent reads them at a link", { timeout: PATIENCE_MS }, async () => {
    const text = JSON.stringify({ filler: "é".repeat(HUNDRED_MB / 2 - 50), last: "end" });
    const { upload_id: $ref, bytes } = await upload(cloud.connection(), text);
    expect(bytes).toBe(Buffer.byteLength(text));
    const id = await client.submit("reading", { $ref });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const read = await (await fetch(lastLink())).text();
    expect(read.length).toBe(text.length);
    expect(read === text).toBe(true);
  });

  it("come out of an agent, and are read at a link", { timeout: PATIENCE_MS }, async () => {
    const id = await client.submit("big");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "made")).toMatchObject({ attempt: 1 });
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}/tasks/made`);
    const { output_url: url, output_bytes: size } = Linked.parse(body);
    expect(size).toBe(HUNDRED_MB + '{"filler":""}'.length);
    const { filler } = z.object({ filler: z.string() }).parse(await (await fetch(url)).json());
    expect(filler.length).toBe(HUNDRED_MB);
  });

  it.each([
    { count: 95, end: { status: "completed" } },
    { count: 110, end: { status: "failed", error_details: { code: "OutputTooLarge", task: "each" } } },
  ])("are the most that a list may come to: $count megabytes of as many instances: $end.status", { timeout: PATIENCE_MS }, async ({ count, end }) => {
    const each = { items: "input.numbers", max_concurrency: 8 };
    await client.deploy(`list-of-${count}`, [{ id: "each", for_each: each, input: { behaviour: "big", bytes: 1_000_000 } }]);
    const id = await client.submit(`list-of-${count}`, { numbers: Array.from({ length: count }, (_, index) => index) });
    expect(await client.finished(id)).toMatchObject(end);
  });

  it("are as much as is taken", async () => {
    const { status, body } = await cloud.call("POST", "/api/v1/uploads", { bytes: 104_857_601 });
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("must be at most 104857600")]);
  });
});

describe("an upload", () => {
  it("that is no text is refused", async () => {
    const opened = OpenUpload.parse((await cloud.call("POST", "/api/v1/uploads", { bytes: 3 })).body);
    const sent = await fetch(opened.parts[0]?.url ?? "", { method: "PUT", body: new Uint8Array([0x22, 0xff, 0x22]) });
    const parts = [{ part_number: 1, etag: sent.headers.get("etag") }];
    const { status, body } = await cloud.call("POST", `/api/v1/uploads/${opened.upload_id}/complete`, { parts });
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("it is not UTF-8")]);
  });

  it("whose parts did not all come is refused, and may be completed when they have", async () => {
    const opened = OpenUpload.parse((await cloud.call("POST", "/api/v1/uploads", { bytes: 2 })).body);
    const complete = (etag: string) => cloud.call("POST", `/api/v1/uploads/${opened.upload_id}/complete`, { parts: [{ part_number: 1, etag }] });
    const early = await complete('"d41d8cd98f00b204e9800998ecf8427e"');
    expect([early.status, JSON.stringify(early.body)]).toEqual([400, expect.stringContaining("its parts cannot be joined")]);
    const sent = await fetch(opened.parts[0]?.url ?? "", { method: "PUT", body: "{}" });
    expect((await complete(sent.headers.get("etag") ?? "")).status).toBe(200);
  });

  it("is made by a2a run of a large input", { timeout: PATIENCE_MS }, async () => {
    const file = path.join(cloud.stateDir, "large.json");
    writeFileSync(file, JSON.stringify({ filler: "x".repeat(6_000_000) }));
    const { url, token } = cloud.connection();
    const args = [path.resolve(import.meta.dirname, "../../infra/cli/a2a.mjs"), "run", "reading", "--input", `@${file}`];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, A2A_URL: url, A2A_TOKEN: token } });
    expect(stderr).toContain(`uploaded ${file}: upload_`);
    expect(await client.finished(stdout.trim())).toMatchObject({ status: "completed" });
    expect((await (await fetch(lastLink())).text()).length).toBe(6_000_013);
  });
});
