import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

/** Dispatchers wait for a second, and the agent thinks for three: as twenty and forty-five. */
const cloud = new StartedCloud({ env: { AGENT_CALL_SECONDS: process.env["AGENT_CALL_SECONDS"] ?? "1" } });
const client = new WorkflowClient(cloud);
const THINKS_MS = Number(process.env["AGENT_THINKS_MS"] ?? 3000);
let agent: LoopbackAgent;
/** What this machine takes to bring a cloud up. */
let startSeconds = 0;

const AGENTS = {
  blocking: { path: "/blocking/" },
  streaming: { path: "/blocking-stream/", blocking: true },
  resending: { path: "/blocking/", on_lost_answer: "resend" },
};
type Name = keyof typeof AGENTS;

const Agent = z.object({ answering: z.object({ answers: z.string() }).optional(), warnings: z.array(z.string()).optional() });
const Effect = z.object({ execution: z.string(), task: z.string(), attempt: z.number(), messageId: z.string() });

const start = (): void => cloud.start("--no-job", "--latency-ms", "0");

beforeAll(async () => {
  const began = Date.now();
  start();
  await cloud.ready();
  startSeconds = (Date.now() - began) / 1000;
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  for (const [name, { path: at, ...more }] of Object.entries(AGENTS)) {
    const registration = { agent_id: `agent-${name}`, endpoint: new URL(at, agent.url).href, capabilities: ["echo"], ...more };
    const { status, body } = await cloud.call("POST", "/api/v1/agents", registration);
    expect(status, JSON.stringify(body)).toBe(201);
  }
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

/** A run of one task at an agent. `task`: it names the work before it is done, where it streams. */
async function ask(name: Name, behaviour: "slow" | "task", more: object = {}): Promise<string> {
  const workflow = `${name}-${behaviour}-${Object.keys(more).length}`;
  const agents = { worker: { type: "loopback", capabilities: ["echo"], agent_id: `agent-${name}` } };
  const work = { id: "think", input: { behaviour, delayMs: THINKS_MS, say: name }, timeout: 120, retry_policy: { max_attempts: 2, backoff: "none" } };
  await client.deploy(workflow, [{ ...work, ...more }], { agents });
  return client.submit(workflow);
}

/** What had an effect at the agent. */
function effectsOf(execution: string): z.infer<typeof Effect>[] {
  const log = readFileSync(path.join(cloud.stateDir, "loopback", "loopback.calls.jsonl"), "utf8");
  return log.trim().split("\n").map((line) => Effect.parse(JSON.parse(line))).filter((effect) => effect.execution === execution);
}

const known = async (name: Name) => Agent.parse((await cloud.call("GET", `/api/v1/agents/agent-${name}`)).body);

async function killWhileOpen(execution: string): Promise<void> {
  await cloud.until(() => (effectsOf(execution).length > 0 ? true : undefined), "the call");
  await cloud.kill();
  start();
  await cloud.ready();
}

describe("an agent that answers in the response, long after a dispatcher would have hung up", () => {
  it.each<[Name, "slow" | "task"]>([["blocking", "slow"], ["streaming", "slow"], ["streaming", "task"]])(
    "%s, %s: is called once, and its result is kept",
    async (name, behaviour) => {
      const id = await ask(name, behaviour);
      expect(await client.finished(id)).toMatchObject({ status: "completed" });
      expect(await client.task(id, "think")).toMatchObject({ attempt: 1, output: { echo: { say: name } } });
      expect(effectsOf(id)).toHaveLength(1);
    },
  );

  it("is known for it", async () => {
    expect(await known("blocking")).toMatchObject({ answering: { answers: "late" } });
  });

  it("says at registration what the waiting costs", async () => {
    const { body } = await cloud.call("POST", "/api/v1/agents", {
      agent_id: "agent-told", endpoint: new URL("/blocking/", agent.url).href, capabilities: ["other"], blocking: true,
    });
    expect(Agent.parse(body).warnings?.join(" ")).toMatch(/\$0\.024 an hour.*14\.5 minutes/);
  });
});

describe("what was sent and heard", () => {
  const transcriptOf = async (id: string) => (await cloud.call("GET", `/api/v1/executions/${id}/tasks/think/attempts/1/transcript`)).body;

  it("is kept where the task wants it: parts, headers, and each event of a stream with its time", async () => {
    const id = await ask("streaming", "task", { timeout: 122, transcript: "always" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const headers = { accept: "text/event-stream", "content-type": "application/json" };
    const reply = { status: 200, body: expect.stringMatching(/^data: /), events_ms: expect.arrayContaining([expect.any(Number)]) };
    const exchange = { request: { method: "POST", headers, body: expect.stringContaining("Do the task 'think'.") }, reply };
    expect(await transcriptOf(id)).toMatchObject({ attempt: 1, entries_left_out: 0, entries: [{ agent_id: "agent-streaming", act: "send", outcome: "completed", exchanges: [exchange] }] });
  });

  it("is kept of failures always, and not of what goes well", async () => {
    const well = await ask("blocking", "slow", { timeout: 123 });
    // It thinks beyond the whole test: an answer that came only a little late might still be taken.
    const input = { behaviour: "slow", delayMs: 600_000, say: "blocking" };
    const badly = await ask("blocking", "slow", { input, timeout: 2, retry_policy: { max_attempts: 1 }, on_failure: "fail" });
    expect(await client.finished(well)).toMatchObject({ status: "completed" });
    expect(await client.finished(badly)).toMatchObject({ status: "failed" });
    expect(await transcriptOf(well)).toMatchObject({ entries: [] });
    const { entries } = z.object({ entries: z.array(z.looseObject({ act: z.string() })) }).parse(await transcriptOf(badly));
    expect(entries.map(({ act }) => act)).toContain("give_up");
  });
});

describe("kill -9 of the cloud while the agent thinks", () => {
  it("a stream that named its task loses nothing: one call, one result", async () => {
    const id = await ask("streaming", "task", { timeout: 121 });
    await client.reaches(id, "think", "running");
    await killWhileOpen(id);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(effectsOf(id)).toHaveLength(1);
  });

  it("an agent that takes repeats gets the same message again", async () => {
    const id = await ask("resending", "slow");
    await killWhileOpen(id);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const effects = effectsOf(id);
    expect(effects.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(new Set(effects.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it("any other is waited for, and the history says why and until when", async () => {
    // The cloud must be there again, and have taken the message up again, while the task still has time.
    const timeout = Math.ceil(Math.min(10 + 6 * startSeconds, 150));
    const id = await ask("blocking", "slow", { timeout, retry_policy: { max_attempts: 1, backoff: "none" } });
    await killWhileOpen(id);
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "TaskTimedOut" } });
    expect(effectsOf(id)).toHaveLength(1);
    const doubt = (await client.events(id)).filter(({ event_type: type }) => type === "task.send_in_doubt");
    expect(doubt).toMatchObject([{ reason: "who waited for the answer was cut off" }]);
  });
});
