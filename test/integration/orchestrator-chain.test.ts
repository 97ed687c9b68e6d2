import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { rpcOn } from "./support/a2a-talk.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { registerOrchestrator } from "./support/orchestrator-peers.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

/** Three clouds come up three times, on a machine that may do other things. */
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Three orchestrators, each the agent of the one above; the agent at the bottom asks twice and then wants to be authorised. */
const top = new StartedCloud();
const middle = new StartedCloud();
const leaf = new StartedCloud();
const clouds = [leaf, middle, top];
let agent: LoopbackAgent;
let atTop: string;

/** What the agent says that it used. */
const USED = { cost: 0.25, tokens: 1200 };

const CREDENTIAL = "tk-5c19f0b2-never-kept";

async function bringUp(cloud: StartedCloud): Promise<void> {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
}

/** The clouds die while they wait, and come up again with what they had. */
async function killAndRestart(some: readonly StartedCloud[]): Promise<void> {
  await Promise.all(some.map((cloud) => cloud.kill()));
  for (const cloud of some) await bringUp(cloud);
}

const Inbox = z.object({
  items: z.array(z.object({ kind: z.string(), execution_id: z.string(), task_id: z.string(), question: z.unknown() })),
});
const inboxOf = async (cloud: StartedCloud) => Inbox.parse((await cloud.call("GET", "/api/v1/inbox")).body).items;

/** Waits until a cloud's inbox has one entry, which asks for this. */
const asks = (cloud: StartedCloud, question: string) =>
  cloud.until(async () => {
    const items = await inboxOf(cloud);
    return items.length === 1 && JSON.stringify(items[0]?.question).includes(question) ? items[0] : undefined;
  }, `the question '${question}'`);

/** Answers what stands in a cloud's inbox. */
async function answerAt(cloud: StartedCloud, question: string, input: unknown): Promise<void> {
  const { execution_id: execution, task_id: task } = await asks(cloud, question);
  const target = `/api/v1/executions/${execution}/tasks/${task}/input`;
  expect((await cloud.call("POST", target, { input })).status).toBe(202);
}

const Status = z.object({
  stage_details: z.array(z.object({ stage_id: z.string(), status: z.string() })),
  waiting_for: z.array(z.object({ kind: z.string(), task_id: z.string() })).optional(),
});
const statusOf = async (cloud: StartedCloud, id: string) =>
  Status.parse((await cloud.call("GET", `/api/v1/executions/${id}/status`)).body);

/** What a cloud's API says that an execution used. */
const usedBy = async (cloud: StartedCloud, id: string) =>
  z.object({ usage: z.unknown() }).parse((await cloud.call("GET", `/api/v1/executions/${id}/status`)).body).usage;

const Executions = z.object({ executions: z.array(z.object({ execution_id: z.string() })) });
async function onlyExecution(cloud: StartedCloud, workflow: string): Promise<string> {
  const { body } = await cloud.call("GET", `/api/v1/executions?workflow_id=${workflow}`);
  const { executions } = Executions.parse(body);
  expect(executions).toHaveLength(1);
  return executions[0]?.execution_id ?? "";
}

/** What a cloud says as an agent about the one task that it has. */
async function a2aState(cloud: StartedCloud, workflow: string): Promise<unknown> {
  const { result } = await rpcOn(cloud)("GetTask", { id: await onlyExecution(cloud, workflow) });
  return z.object({ status: z.object({ state: z.string() }) }).parse(result).status.state;
}

beforeAll(async () => {
  for (const cloud of clouds) await bringUp(cloud);
  agent = await LoopbackAgent.start(path.join(leaf.stateDir, "loopback"));
  const registration = { endpoint: agent.url, capabilities: ["echo"] };
  expect((await leaf.call("POST", "/api/v1/agents", registration)).status).toBe(201);
  await registerOrchestrator(middle, leaf, { capabilities: ["leaf-asks"] });
  await registerOrchestrator(top, middle, { capabilities: ["middle-asks"] });
  const peer = (skill: string) => ({ agents: { peer: { type: "orchestrator", capabilities: [skill] } } });
  await new WorkflowClient(leaf).deploy("leaf-asks", [{ id: "ask", input: { behaviour: "asks-in-turn", usage: USED }, timeout: 900, transcript: "always" }]);
  await new WorkflowClient(middle).deploy("middle-inner", [{ id: "ask", agent: "peer", timeout: 900, transcript: "always" }], peer("leaf-asks"));
  await new WorkflowClient(middle).deploy("middle-asks", [{ id: "below", workflow: "middle-inner" }]);
  await new WorkflowClient(top).deploy("top-asks", [{ id: "ask", agent: "peer", timeout: 900, transcript: "always" }], peer("middle-asks"));
  atTop = await new WorkflowClient(top).submit("top-asks");
});

afterAll(async () => {
  agent?.stop();
  for (const cloud of clouds) await cloud.dispose();
});

describe("a question at the bottom of three orchestrators", () => {
  it("reaches each of them, and one of them answers after all were killed", async () => {
    for (const cloud of clouds) await asks(cloud, "which colour?");
    await killAndRestart(clouds);
    await answerAt(leaf, "which colour?", "blue");
  });

  it("is followed by the next one, which the middle answers", async () => {
    for (const cloud of clouds) await asks(cloud, "which size?");
    expect(await a2aState(middle, "middle-asks")).toBe("TASK_STATE_INPUT_REQUIRED");
    await killAndRestart([top, middle]);
    await answerAt(middle, "which size?", { size: "large" });
  });

  it("is followed by one for authorisation, which is a state of its own everywhere", async () => {
    for (const cloud of clouds) expect(await asks(cloud, "sign in to the shop")).toMatchObject({ kind: "auth" });
    expect(await statusOf(top, atTop)).toMatchObject({
      stage_details: [{ stage_id: "ask", status: "auth_required" }],
      waiting_for: [{ kind: "auth", task_id: "ask" }],
    });
    const outer = await onlyExecution(middle, "middle-asks");
    expect(await statusOf(middle, outer)).toMatchObject({
      stage_details: [{ stage_id: "below", status: "running" }],
      waiting_for: [{ kind: "auth", task_id: "ask" }],
    });
    expect(await a2aState(middle, "middle-asks")).toBe("TASK_STATE_AUTH_REQUIRED");
    expect(await a2aState(leaf, "leaf-asks")).toBe("TASK_STATE_AUTH_REQUIRED");
  });

  it("is answered at the top, through both others, after all were killed again", async () => {
    await killAndRestart(clouds);
    await answerAt(top, "sign in to the shop", CREDENTIAL);
    expect(await new WorkflowClient(top).finished(atTop)).toMatchObject({ status: "completed" });
    expect(JSON.stringify((await new WorkflowClient(top).task(atTop, "ask")).output)).toContain('"answers":3');
    for (const cloud of clouds) expect(await inboxOf(cloud)).toEqual([]);
  });

  it("costs the agent one message per answer", () => {
    expect(agent.effects()).toHaveLength(4);
    expect(new Set(agent.effects()).size).toBe(4);
  });
});

describe("what the agent used", () => {
  it("is what every orchestrator above it says, to people and to the one that called it", async () => {
    expect(await usedBy(top, atTop)).toEqual(USED);
    for (const [cloud, workflow] of [[middle, "middle-asks"], [leaf, "leaf-asks"]] as const) {
      const id = await onlyExecution(cloud, workflow);
      expect(await usedBy(cloud, id)).toEqual(USED);
      expect((await rpcOn(cloud)("GetTask", { id })).result).toMatchObject({ metadata: { usage: USED } });
    }
  });
});

describe("a credential", () => {
  const logsOf = ({ stateDir, output }: StartedCloud): string =>
    readdirSync(stateDir, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".log") || file.includes("/logs/"))
      .map((file) => readFileSync(path.join(stateDir, file), "utf8"))
      .join("\n") + output;

  it.each([
    { name: "top", cloud: top, workflow: "top-asks" },
    { name: "middle", cloud: middle, workflow: "middle-inner" },
    { name: "leaf", cloud: leaf, workflow: "leaf-asks" },
  ])("stands in nothing that the $name shows: events, transcripts, history, logs", async ({ cloud, workflow }) => {
    const task = "ask";
    const id = await onlyExecution(cloud, workflow);
    const transcript = await cloud.call("GET", `/api/v1/executions/${id}/tasks/${task}/attempts/1/transcript`);
    expect(JSON.stringify(transcript.body)).toContain('"answer"');
    const history = await rpcOn(cloud)("GetTask", { id });
    const events = await new WorkflowClient(cloud).events(id);
    const details = await cloud.call("GET", `/api/v1/executions/${id}/tasks/${task}`);
    expect(JSON.stringify([transcript.body, history, events, details.body])).not.toContain(CREDENTIAL);
    expect(logsOf(cloud)).not.toContain(CREDENTIAL);
  });
});
