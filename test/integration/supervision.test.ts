import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import type { ScriptedPeer } from "./scripted-peer.ts";
import { type Handed, startScriptedAgent } from "./support/scripted-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
const peers: ScriptedPeer[] = [];
const EXAMPLE = new URL("../fixtures/definitions/valid/research-and-analysis.workflow.yaml", import.meta.url);

/** What each agent was asked, and how the supervisor decides. */
let seen: { agent: string; job: Handed }[] = [];
let decision: Record<string, unknown> = { decision: "fail" };
let isHopeless = false;

const scripts: Readonly<Record<string, { skills: string[]; answer: (job: Handed) => Record<string, unknown> | undefined }>> = {
  supervisor: {
    skills: ["task_decomposition", "quality_assessment"],
    answer: ({ pattern, task, input }) => {
      if (pattern?.kind === "assess") return { score: JSON.stringify(input).includes("thin") ? 0.2 : 0.9, feedback: "dig deeper" };
      return pattern?.kind === "decide" ? decision : { done: task };
    },
  },
  researcher: { skills: ["web_search", "data_collection"], answer: ({ review }) => ({ finding: review === undefined || isHopeless ? "thin" : "sound" }) },
  colleague: { skills: ["web_search", "data_collection"], answer: ({ review }) => ({ finding: review === undefined || isHopeless ? "thin" : "sound" }) },
  clumsy: { skills: ["juggling"], answer: () => undefined },
  analyzer: { skills: ["data_processing", "insight_generation"], answer: ({ dependencies }) => ({ insight: dependencies }) },
};

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "10");
  await cloud.ready();
  for (const [name, { skills, answer }] of Object.entries(scripts)) {
    const peer = await startScriptedAgent({ name, skills }, (job) => {
      seen.push({ agent: name, job });
      return answer(job);
    });
    peers.push(peer);
    const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: peer.url, capabilities: skills });
    expect(status, JSON.stringify(body)).toBe(201);
  }
});

beforeEach(() => {
  seen = [];
  decision = { decision: "fail" };
  isHopeless = false;
});

afterAll(async () => {
  await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  await cloud.dispose();
});

const asked = (task: string, kind = "task") => seen.filter(({ job }) => job.task.startsWith(task) && job.pattern?.kind === kind);
const Example = z.object({ workflow: z.record(z.string(), z.unknown()) });
const Inbox = z.object({ items: z.array(z.looseObject({ task_id: z.string(), kind: z.string() })) });

async function deployed(more: object): Promise<string> {
  const { workflow } = Example.parse(parse(readFileSync(EXAMPLE, "utf8")));
  const name = `research-${crypto.randomUUID().slice(0, 8)}`;
  const { status, body } = await cloud.call("POST", "/api/v1/workflows", { workflow: { ...workflow, name, ...more } });
  expect(status, JSON.stringify(body)).toBe(201);
  return name;
}

describe.each(["machine", "graph"] as const)("the specification's research_and_analysis on the %s runner", (runner) => {
  const options = { execution_options: { runner } };

  it("has work that falls short redone by another agent, and hands followers what was accepted", async () => {
    const id = await client.submit(await deployed({}), { topic: "tea" }, options);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "research")).output).toEqual({ finding: "sound" });
    const [first, second] = asked("research");
    expect(second?.agent).not.toBe(first?.agent);
    expect(first?.job).toMatchObject({ task: "research", input: { topic: "tea" }, dependencies: { decompose: { done: "decompose" } } });
    expect(second?.job).toMatchObject({ dependencies: { decompose: { done: "decompose" } }, review: { result: { finding: "thin" }, score: 0.2, feedback: "dig deeper" } });
    expect(asked("research", "assess").map(({ agent, job }) => [agent, job.skill])).toEqual([
      ["supervisor", "quality_assessment"],
      ["supervisor", "quality_assessment"],
    ]);
    expect((await client.task(id, "analyze")).output).toEqual({ insight: { research: { finding: "sound" } } });
    expect(asked("synthesize", "assess")).toEqual([]);
  });

  it("hands back what is never good enough, and the supervisor's word counts", async () => {
    isHopeless = true;
    decision = { decision: "accept", result: { finding: "my own" } };
    const id = await client.submit(await deployed({}), {}, options);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "research")).output).toEqual({ finding: "my own" });
    decision = { decision: "fail" };
    const other = await client.submit(await deployed({}), {}, options);
    expect(await client.finished(other)).toMatchObject({ status: "failed", error_details: { code: "NotAccepted", task: "research" } });
  });

  it("hands back what a worker fails at", async () => {
    decision = { decision: "accept", result: { caught: 2 } };
    const agents = { supervisor: { type: "x", capabilities: ["quality_assessment"] }, clumsy: { type: "x", capabilities: ["juggling"] } };
    const tasks = [{ id: "juggle", agent: "clumsy", retry_policy: { max_attempts: 1 } }];
    const id = await client.submit(await deployed({ agents, tasks }), {}, options);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "juggle")).output).toEqual({ caught: 2 });
    expect(asked("juggle", "decide")[0]?.job.input).toMatchObject({ result: null, failure: expect.any(String), attempts: 1 });
  });

  it("escalates in a hierarchy, to a person at the end", async () => {
    isHopeless = true;
    const id = await client.submit(await deployed({ orchestration_pattern: "hierarchical" }), {}, options);
    await client.reaches(id, "research", "parked");
    expect(asked("research", "decide")).toHaveLength(1);
    await cloud.until(async () => {
      const { items } = Inbox.parse((await cloud.call("GET", "/api/v1/inbox")).body);
      return items.some(({ task_id: task }) => task === "research") ? true : undefined;
    }, "the inbox");
    isHopeless = false;
    expect((await cloud.call("POST", `/api/v1/executions/${id}/tasks/research/retry`, {})).status).toBeLessThan(300);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });
});

describe("a pattern beside tasks", () => {
  it("changes nothing where it is told not to, or nobody can judge, and says so", async () => {
    const id = await client.submit(await deployed({ pattern: { config: { assess: "off" } } }), {});
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "research")).output).toEqual({ finding: "thin" });
    const { workflow } = Example.parse(parse(readFileSync(EXAMPLE, "utf8")));
    const { body } = await cloud.call("POST", "/api/v1/workflows/validate", { workflow: { ...workflow, orchestration_pattern: "network" } });
    expect(JSON.stringify(body)).toContain('\\"network\\" beside tasks changes nothing');
  });
});
