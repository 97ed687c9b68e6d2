import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";

import { createA2aClient, type SendOutcome } from "../../shared/a2a/a2a-client.ts";
import { outputOf, outputOfParts, textOf } from "../../shared/a2a/task-output.ts";
import { isTerminal, type TaskSnapshot } from "../../shared/a2a/task-snapshot.ts";
import { startAgentProcess, type AgentProcess } from "./agent-process.ts";
import { startPushReceiver, type PushReceiver } from "./push-receiver.ts";

const NAMES = ["ingest", "standardise", "returns", "risk", "correlation", "report"];
const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
const agents = new Map<string, AgentProcess>();
let data = "";
let receiver: PushReceiver;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "agents-"));
  receiver = await startPushReceiver();
  const started = NAMES.map(async (name) =>
    agents.set(name, await startAgentProcess(name, ["--data", data, "--latency-ms", "0"])),
  );
  await Promise.all(started);
});

afterAll(async () => {
  client.close();
  await Promise.all([...agents.values()].map((agent) => agent[Symbol.asyncDispose]()));
  await receiver.close();
  rmSync(data, { recursive: true });
});

const endpoint = (name: string) => ({ agentId: name, url: agents.get(name)?.url ?? "" });
const messageFor = (skill: string, dependencies: object = {}, messageId: string = crypto.randomUUID()) => ({
  messageId,
  contextId: "pipeline",
  metadata: { skill },
  parts: [{ kind: "data" as const, data: { task: skill, skill, input: {}, dependencies } }],
});

async function settled(name: string, outcome: SendOutcome): Promise<TaskSnapshot> {
  if (outcome.kind !== "task") throw new Error(`${name} answered ${JSON.stringify(outcome)}`);
  const deadline = Date.now() + 60_000;
  for (let { snapshot } = outcome; ; await sleep(10)) {
    if (isTerminal(snapshot.state)) return snapshot;
    if (Date.now() > deadline) throw new Error(`${name} is still ${snapshot.state}`);
    const next = await client.getTask(endpoint(name), snapshot.taskId);
    if (next === "not-found") throw new Error(`${name} forgot its task`);
    snapshot = next;
  }
}

async function run(name: string, skill: string, dependencies: object = {}): Promise<Readonly<Record<string, unknown>>> {
  const outcome = await client.sendTask(endpoint(name), messageFor(skill, dependencies));
  if (outcome.kind === "message") return outputOfParts(outcome.parts);
  const snapshot = await settled(name, outcome);
  if (snapshot.state !== "completed") throw new Error(textOf(snapshot.message ?? []));
  return outputOf(snapshot);
}

describe("the six sample agents", () => {
  it.each([
    { name: "ingest", version: "1.0", path: "/.well-known/agent-card.json", push: true, streaming: false },
    { name: "standardise", version: "0.3", path: "/.well-known/agent-card.json", push: false, streaming: false },
    { name: "returns", version: "1.0", path: "/.well-known/agent-card.json", push: false, streaming: false },
    { name: "risk", version: "0.2", path: "/.well-known/agent.json", push: false, streaming: false },
    { name: "correlation", version: "1.0", path: "/.well-known/agent-card.json", push: false, streaming: false },
    { name: "report", version: "1.0", path: "/.well-known/agent-card.json", push: true, streaming: true },
  ])("$name speaks $version with its card at $path", async ({ name, version, path, push, streaming }) => {
    const { card, url } = await client.fetchAgentCard(endpoint(name).url);
    expect(new URL(url).pathname).toBe(path);
    expect(card).toMatchObject({
      name,
      protocolVersion: version,
      capabilities: { push, streaming },
      idempotentMessages: true,
    });
  });

  it("turn the raw prices into a report", async () => {
    const rows = await run("ingest", "data-ingestion");
    expect(rows["digest"]).toBe("sha256:f9953ac6693e587476b4ebf2f0b00d9bb95371ca8c39da4cc6155077b3e417cd");
    const check = await run("ingest", "format-validation", { rows });
    expect(check).toMatchObject({ valid: true, rows: 560 });
    const table = await run("standardise", "standardisation", { rows, check });
    const [returns, volatility, drawdown, correlation] = await Promise.all([
      run("returns", "returns", { table }),
      run("risk", "volatility", { table }),
      run("risk", "drawdown", { table }),
      run("correlation", "correlation", { table }),
    ]);
    const analyses = { returns, volatility, drawdown, correlation };
    const { charts } = z
      .object({ charts: z.array(z.object({ name: z.string(), svg: z.string().startsWith("<svg") })) })
      .parse(await run("report", "chart", analyses));
    expect(charts.map(({ name }) => name)).toEqual(["growth.svg", "volatility.svg", "drawdown.svg", "correlation.svg"]);
    const report = await run("report", "report", { ...analyses, charts: { charts } });
    // From the file by hand: AAPL 25.94 → 223.02, MSFT 39.81 → 28.80 over 122 months.
    expect(report["figures"]).toMatchObject({
      AAPL: {
        totalReturn: expect.closeTo(7.597533, 5),
        maxDrawdown: expect.closeTo(0.791753, 5),
        worstMonth: { month: "2000-09-01" },
      },
      MSFT: { totalReturn: expect.closeTo(-0.276564, 5), months: 122 },
    });
    expect(report["markdown"]).toContain("| AAPL | 759.8 % |");
  });

  it.each([
    { name: "ingest", skill: "data-ingestion" },
    { name: "standardise", skill: "standardisation" },
    { name: "risk", skill: "drawdown" },
  ])("$name treats a repeated message as one task with one effect", async ({ name, skill }) => {
    const message = messageFor(skill, { rows: { rows: [{ symbol: "A", date: "2000-01-01", price: "1" }] } });
    const first = await settled(name, await client.sendTask(endpoint(name), message));
    const again = await settled(name, await client.sendTask(endpoint(name), message));
    expect(again.taskId).toBe(first.taskId);
    const effects = readFileSync(join(data, `${name}.calls.jsonl`), "utf8").split(message.messageId).length - 1;
    expect(effects).toBe(1);
  });

  it.each([
    {
      name: "ingest",
      skill: "format-validation",
      rows: [{ symbol: "A", date: "soon", price: "1" }],
      reason: 'row 1: "soon" is no date',
    },
    { name: "risk", skill: "volatility", rows: [], reason: "volatility needs a price table" },
    { name: "standardise", skill: "singing", rows: [], reason: "standardise has no skill singing" },
  ])("$name fails $skill with a reason", async ({ name, skill, rows, reason }) => {
    const snapshot = await settled(name, await client.sendTask(endpoint(name), messageFor(skill, { rows: { rows } })));
    expect(snapshot.state).toBe("failed");
    expect(textOf(snapshot.message ?? [])).toContain(reason);
  });

  it.each(["ingest", "standardise", "risk"])("%s knows no task of others", async (name) => {
    expect(await client.getTask(endpoint(name), "nobody's")).toBe("not-found");
    expect(await client.cancelTask(endpoint(name), "nobody's")).toBe("not-found");
  });

  it("ingest pushes the end of a task, with the secret in both headers, until it is taken", async () => {
    const inbox = receiver.expectPush({ refuseFirst: 2 });
    const outcome = await client.sendTask(endpoint("ingest"), { ...messageFor("data-ingestion"), push: inbox.target });
    expect(outcome).toMatchObject({ kind: "task", push: true });
    const [notification] = await inbox.received(1);
    expect(notification).toMatchObject({
      token: inbox.target.token,
      authorization: `Bearer ${inbox.target.token}`,
      body: { statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } },
    });
  });

  it("correlation is not asked to push, because its card says it cannot", async () => {
    const push = { url: "http://127.0.0.1:9/", token: "t" };
    const outcome = await client.sendTask(endpoint("correlation"), { ...messageFor("correlation"), push });
    expect(outcome).toMatchObject({ kind: "task", push: false });
  });

  it("a 1.0 agent finds the task of an in-doubt message; an older one cannot say", async () => {
    const message = messageFor("data-ingestion");
    const sent = await settled("ingest", await client.sendTask(endpoint("ingest"), message));
    const query = { contextId: message.contextId, messageId: message.messageId };
    expect(await client.findTask(endpoint("ingest"), query)).toMatchObject({ taskId: sent.taskId, state: "completed" });
    expect(await client.findTask(endpoint("ingest"), { ...query, messageId: "never sent" })).toBe("not-found");
    expect(await client.findTask(endpoint("standardise"), query)).toBe("unsupported");
  });
});
