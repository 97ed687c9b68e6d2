import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
let loopback: LoopbackAgent;
const START = ["--no-job", "--latency-ms", "100"];

beforeAll(async () => {
  cloud.start(...START);
  await cloud.ready();
  loopback = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: loopback.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
});

afterAll(async () => {
  loopback.stop();
  await cloud.dispose();
});

const TEXT = "Tea is old. Coffee came to Europe later, with ships from the south. Both wake people up.";
const Output = z.object({ output: z.record(z.string(), z.unknown()) });

async function outputOf(id: string): Promise<Record<string, unknown>> {
  expect(await client.finished(id)).toMatchObject({ status: "completed" });
  return Output.parse((await cloud.call("GET", `/api/v1/executions/${id}/output`)).body).output;
}

const EXAMPLES = [
  {
    name: "supervisor",
    input: { text: TEXT },
    main: { synthesized: true, result: { brief: [{ id: "length", result: { words: 17 } }, { id: "points", result: { sentences: expect.any(Array) } }] }, subtasks: [{ standing: "accepted", tries: 1, score: 1 }, {}] },
  },
  { name: "handoff", input: { question: "My invoice is wrong" }, main: { path: ["triage", "billing"], handoffs: 1, result: { reply: expect.stringContaining("invoice"), desk: "billing" } } },
  { name: "evaluator-optimizer", input: { text: TEXT, max_words: 12 }, main: { accepted: true, rounds: 3, score: 1, result: { text: "Tea is old." } } },
  { name: "network", input: { value: 0 }, main: { agreed: true, of: 3, result: 20, rounds: 2 } },
  { name: "debate", input: { text: "good but late" }, main: { decided_by: expect.stringMatching(/agreement|judge/) } },
  { name: "contract-net", input: { question: "Carry it home" }, main: { result: { delivered: "Carry it home" }, contractor: { role: "bidder" } } },
  { name: "blackboard", input: { text: TEXT }, main: { complete: true, activations: 2, result: { outline: { first: "Tea", last: "up.", words: 17 } } } },
  { name: "swarm", input: { text: TEXT }, main: { convergence: 1, partitions: 6, missing: [], calls: 6, result: [{ words: 3 }, { words: 3 }, { words: 3 }, { words: 3 }, { words: 3 }, { words: 2 }] } },
  { name: "pipeline", input: { text: TEXT }, main: { result: { sentences: expect.any(Array) }, stages: [{ role: "counter", score: 1 }, { role: "picker", score: 1 }] } },
  { name: "group-chat", input: {}, main: { result: 4, done: true, turns: 4 } },
] as const;

describe.each(["machine", "graph"] as const)("shipped patterns on the %s runner", (runner) => {
  const options = runner === "graph" ? { execution_options: { runner } } : {};

  it.each(EXAMPLES)("runs $name with the sample desk", async ({ name, input, main }) => {
    const id = await client.submit(`pattern-${name}`, input, options);
    expect((await outputOf(id))["main"]).toMatchObject(main);
  });

  it("runs a pattern as one task among others, whose output the next one gets", async () => {
    const id = await client.submit("pattern-voting", { text: "bad and late" }, options);
    expect((await client.finished(id)).status).toBe("completed");
    expect((await client.task(id, "label")).output).toMatchObject({ result: "complaint", support: 5, of: 5 });
    expect((await client.task(id, "label[4]")).status).toBe("completed");
  });

  it("stands still while its execution is paused and goes on after that, and is called off with it", async () => {
    const control = async (id: string, action: string) =>
      expect((await cloud.call("POST", `/api/v1/executions/${id}/control`, { action })).status).toBeLessThan(300);
    const id = await client.submit("pattern-supervisor", { text: TEXT }, options);
    await client.reaches(id, "main", "running");
    await control(id, "pause");
    await cloud.until(async () => ((await client.execution(id)).status === "paused" ? true : undefined), "the pause");
    await control(id, "resume");
    expect((await outputOf(id))["main"]).toMatchObject({ synthesized: true, plans: 1 });
    const other = await client.submit("pattern-supervisor", { text: TEXT }, options);
    await client.reaches(other, "main", "running");
    await control(other, "cancel");
    expect(await client.finished(other)).toMatchObject({ status: "cancelled" });
    await client.reaches(other, "main", "cancelled");
  });

  it("has a workflow do a part: it runs under the execution, with the question as its input", async () => {
    const inner = { name: "counter", version: "1.0", agents: { c: { type: "x", capabilities: ["count-words"] } }, tasks: [{ id: "count", agent: "c" }], outputs: { words: "outputs.count.words" } };
    const lead = { type: "x", capabilities: ["decompose", "assess", "synthesize"] };
    const picker = { type: "x", capabilities: ["key-sentences"] };
    const pattern = { name: "supervisor", members: { supervisor: "lead", workers: [{ workflow: "counter" }, "picker"] } };
    const outer = { name: "levels", version: "1.0", agents: { lead, picker }, tasks: [{ id: "main", pattern }] };
    for (const workflow of [inner, outer]) {
      const { status, body } = await cloud.call("POST", "/api/v1/workflows", { workflow });
      expect([200, 201], JSON.stringify(body)).toContain(status);
    }
    const id = await client.submit("levels", { text: TEXT }, options);
    expect((await outputOf(id))["main"]).toMatchObject({ synthesized: true, result: { brief: [{ result: { words: 17 } }, {}] } });
    const { child_execution_id: child = "" } = await client.task(id, "main[1]");
    expect(await client.execution(child)).toMatchObject({ status: "completed" });
  });

  it("takes its turns to the end although the whole cloud is killed between them", async () => {
    const id = await client.submit("pattern-supervisor", { text: TEXT }, options);
    await client.reaches(id, "main[2]", "completed");
    await cloud.kill();
    cloud.start(...START);
    await cloud.ready();
    expect((await outputOf(id))["main"]).toMatchObject({ synthesized: true, plans: 1, subtasks: [{ tries: 1 }, { tries: 1 }] });
    const told = await client.events(id);
    expect(told.filter(({ event_type: type }) => type === "pattern.finished")).toHaveLength(1);
    const turns = told.filter(({ event_type: type }) => type === "pattern.turn").map(({ turn }) => turn);
    expect(turns).toEqual(turns.map((_, place) => place + 1));
  });
});

describe("agents that do not keep to what they are asked", () => {
  const roles = { lead: { type: "x", capabilities: ["echo"] }, desk: { type: "x", capabilities: ["decompose", "assess", "synthesize"] }, counter: { type: "x", capabilities: ["echo"] }, picker: { type: "x", capabilities: ["key-sentences"] } };

  it("ends with a reason when a supervisor answers with anything: it is asked once more, then it has failed", async () => {
    const { lead, counter } = roles;
    await cloud.call("POST", "/api/v1/workflows", { workflow: { name: "echoing", version: "1.0", orchestration_pattern: "supervisor", agents: { lead, counter }, pattern: { members: { supervisor: "lead", workers: "counter" } } } });
    const id = await client.submit("echoing", { text: TEXT });
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "NoResult", message: expect.stringContaining("BadAnswer") } });
    expect((await client.task(id, "main[1]")).status).toBe("completed");
  });

  it("says what there is when its calls are used up, and by which bound", async () => {
    const { desk, counter, picker } = roles;
    const pattern = { name: "supervisor", members: { supervisor: "desk", workers: ["counter", "picker"] }, bounds: { max_calls: 4 } };
    await cloud.call("POST", "/api/v1/workflows", { workflow: { name: "bounded", version: "1.0", agents: { desk, counter, picker }, tasks: [{ id: "main", pattern }] } });
    const id = await client.submit("bounded", { text: TEXT });
    expect((await outputOf(id))["main"]).toMatchObject({ partial: true, bound: "max_calls", result: [{ id: "length" }, { id: "points" }] });
  });
});

describe("what a user hears of patterns", () => {
  it("finds flaws before anything runs, with path and remedy", async () => {
    const workflow = { name: "flawed", version: "1.0", agents: { one: { type: "x" } }, tasks: [{ id: "a", pattern: { name: "supervisr" } }, { id: "b", pattern: { name: "network", members: { peers: "two" } } }] };
    const { status, body } = await cloud.call("POST", "/api/v1/workflows/validate", { workflow });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain("tasks[0].pattern.name");
    expect(JSON.stringify(body)).toContain('did you mean \\"supervisor\\"?');
    expect(JSON.stringify(body)).toContain("is no agent of this definition");
  });

  it("lists and shows them, over REST and JSON-RPC", async () => {
    const { body } = await cloud.call("GET", "/api/v1/patterns?filter=built-in");
    expect(z.object({ patterns: z.array(z.object({ name: z.string() })) }).parse(body).patterns.map(({ name }) => name)).toContain("handoff");
    const rpc = await cloud.call("POST", "/rpc", { jsonrpc: "2.0", id: 1, method: "pattern.list", params: { filter: "all" } });
    expect(rpc.body).toMatchObject({ result: { patterns: expect.arrayContaining([expect.objectContaining({ pattern_id: "supervisor", type: "built-in" })]) } });
    expect((await cloud.call("GET", "/api/v1/patterns/voting")).body).toMatchObject({ calls_bound: expect.stringContaining("voters") });
  });
});
