import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { WorkflowClient } from "../integration/support/workflow-client.ts";
import { ForeignAgent } from "./foreign-agent.ts";
import { type AgentName, type Case, CASES, OWN_AGENTS, type Stack, STACKS } from "./stacks.ts";
import { noteCell, wanted } from "./wanted.ts";

const Inbox = z.object({ items: z.array(z.looseObject({ execution_id: z.string(), kind: z.string(), question: z.unknown().optional() })) });
const Times = z.object({ dispatched_at: z.string(), settled_at: z.string() });

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
});
afterAll(() => cloud.dispose());

/** Which of a stack's agents a case is for. */
const AGENT_OF: Readonly<Record<Case, AgentName>> = {
  text: "poll",
  data: "push",
  file: "stream",
  chunks: "stream",
  stream: "stream",
  push: "push",
  poll: "poll",
  "answer in status": "stream",
  "answer in history": "poll",
  "no answer": "push",
  "question and answer": "push",
  failed: "push",
  rejected: "poll",
  "auth required": "poll",
  cancel: "push",
  "blocking 45 s": "poll",
};

/** A stack's agents, and what was asked of them. */
class World {
  readonly #stack: Stack;
  #agent: ForeignAgent | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  get isFramework(): boolean {
    return this.#stack.agents !== undefined;
  }

  async open(): Promise<void> {
    this.#agent = await ForeignAgent.start(this.#stack);
    for (const [name, { path, ...more }] of Object.entries(this.#stack.agents ?? OWN_AGENTS)) {
      const registration = { agent_id: this.#idOf(name), endpoint: `${this.#agent.url}${path}`, ...more };
      const { status, body } = await cloud.call("POST", "/api/v1/agents", registration);
      expect(status, JSON.stringify(body)).toBe(201);
    }
  }

  close = async (): Promise<void> => this.#agent?.[Symbol.asyncDispose]();

  #idOf = (name: string): string => `agent-${this.#stack.id}-${name}`;

  /** Runs a task of one step at the agent that a case is for. */
  async ask(name: Case, behaviour: string, more: { readonly on_empty_answer?: "accept" } = {}): Promise<string> {
    const slug = name.replaceAll(/[^a-z0-9]+/g, "-");
    const wished = AGENT_OF[name];
    const carrier = wished in (this.#stack.agents ?? OWN_AGENTS) ? wished : "stream";
    const agents = { worker: { type: "foreign", capabilities: ["work"], agent_id: this.#idOf(carrier) } };
    const task = { id: "do", input: { behaviour, case: slug, greeting: "hello" }, timeout: 120, retry_policy: { max_attempts: 1, backoff: "none" }, ...more };
    const workflow = [this.#stack.id, slug, ...Object.values(more)].join("-");
    await client.deploy(workflow, [task], { agents });
    return client.submit(workflow);
  }

  /** The output of a task that the agent did once, at its first attempt. */
  async done(id: string, name: Case): Promise<unknown> {
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const { attempt, output } = await client.task(id, "do");
    expect(attempt).toBe(1);
    const messages = this.effects("message").filter(({ behaviour }) => behaviour === name.replaceAll(/[^a-z0-9]+/g, "-"));
    expect(messages).toHaveLength(1);
    return output;
  }

  effects = (what: string) => this.#agent?.effects().filter((effect) => effect.what === what) ?? [];
}

async function asked(id: string) {
  return cloud.until(async () => {
    const { items } = Inbox.parse((await cloud.call("GET", "/api/v1/inbox?limit=200")).body);
    return items.find(({ execution_id: execution }) => execution === id);
  }, `a question of ${id}`);
}

const answer = async (id: string, input: string): Promise<void> => {
  const { status, body } = await cloud.call("POST", `/api/v1/executions/${id}/tasks/do/input`, { input });
  expect(status, JSON.stringify(body)).toBe(202);
};

/** What a case comes to, with evidence where a figure says more. */
const CHECKS: Readonly<Record<Case, (world: World) => Promise<string | undefined | void>>> = {
  text: async (world) => {
    expect(await world.done(await world.ask("text", "text"), "text")).toMatchObject({ text: expect.stringMatching(/^heard [1-9]\d\d characters$/m) });
  },
  data: async (world) => {
    const output = await world.done(await world.ask("data", "data"), "data");
    expect(output).toMatchObject({ echo: { task: "do", input: { greeting: "hello" } } });
  },
  file: async (world) => {
    const output = await world.done(await world.ask("file", "file"), "file");
    expect(output).toEqual({ file: { name: "hello.txt", mediaType: "text/plain", bytes: "aGVsbG8=" } });
  },
  chunks: async (world) => {
    const output = await world.done(await world.ask("chunks", "chunks"), "chunks");
    expect(JSON.stringify(output)).toMatch(/one .*two .*three/);
  },
  stream: async (world) => {
    const id = await world.ask("stream", "slow");
    // The stream names the task long before it is done.
    await client.reaches(id, "do", "running");
    expect(await world.done(id, "stream")).toEqual({ text: expect.stringMatching(/^done at last$/m) });
  },
  push: async (world) => {
    const id = await world.ask("push", "slow");
    expect(await world.done(id, "push")).toEqual({ text: "done at last" });
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}/tasks/do`);
    const { dispatched_at: from, settled_at: to } = Times.parse(body);
    const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
    // The first look without a push is after 30 s.
    expect(seconds).toBeLessThan(25);
    return `${seconds.toFixed(1)} s for work of 4 s`;
  },
  poll: async (world) => {
    expect(await world.done(await world.ask("poll", "slow"), "poll")).toEqual({ text: expect.stringMatching(/^done at last$/m) });
  },
  "answer in status": async (world) => {
    expect(await world.done(await world.ask("answer in status", "say"), "answer in status")).toEqual({ text: "it is said" });
  },
  "answer in history": async (world) => {
    expect(await world.done(await world.ask("answer in history", "mention"), "answer in history")).toEqual({ text: "it was mentioned" });
  },
  "no answer": async (world) => {
    const id = await world.ask("no answer", "nothing");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "EmptyAnswer" } });
    const accepted = await world.ask("no answer", "nothing", { on_empty_answer: "accept" });
    expect(await client.finished(accepted)).toMatchObject({ status: "completed" });
  },
  "question and answer": async (world) => {
    const id = await world.ask("question and answer", "ask");
    expect(await asked(id)).toMatchObject({ kind: "input", question: { text: "which colour?" } });
    await answer(id, "blue");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "do")).toMatchObject({ attempt: 1, output: { text: "answered blue" } });
  },
  failed: async (world) => {
    const id = await world.ask("failed", "fail");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "AgentFailed" } });
    // Frameworks keep to themselves why their model failed.
    if (world.isFramework) return;
    expect(await client.execution(id)).toMatchObject({ error_details: { message: expect.stringContaining("the work went wrong") } });
    expect(await client.task(id, "do")).toMatchObject({ output: { text: "half" } });
  },
  rejected: async (world) => {
    const id = await world.ask("rejected", "reject");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "AgentRejected", message: expect.stringContaining("this is not for me") } });
  },
  "auth required": async (world) => {
    const id = await world.ask("auth required", "auth");
    expect(await asked(id)).toMatchObject({ kind: "auth", question: { text: "log in at https://login.test" } });
    await answer(id, "done");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  },
  cancel: async (world) => {
    const id = await world.ask("cancel", "long");
    await client.reaches(id, "do", "running");
    const { status } = await cloud.call("POST", `/api/v1/executions/${id}/control`, { action: "cancel", reason: "a test" });
    expect(status).toBe(200);
    expect(await client.finished(id)).toMatchObject({ status: "cancelled" });
    await cloud.until(() => (world.effects("cancel").length > 0 ? true : undefined), "the agent's cancel");
  },
  "blocking 45 s": async (world) => {
    const started = Date.now();
    expect(await world.done(await world.ask("blocking 45 s", "block"), "blocking 45 s")).toEqual({ text: expect.stringMatching(/^thought for long$/m) });
    return `${((Date.now() - started) / 1000).toFixed(1)} s`;
  },
};

for (const stack of STACKS.filter(wanted)) {
  describe.concurrent(`${stack.id} (${stack.name})`, () => {
    const world = new World(stack);
    beforeAll(() => world.open());
    afterAll(() => world.close());
    for (const name of CASES) {
      it(name, async ({ task }) => {
        const lack = stack.lacks?.[name];
        const evidence = lack ?? (await CHECKS[name](world)) ?? undefined;
        noteCell(task, { table: "agents", column: stack.id, row: name, lack, evidence });
      });
    }
  });
}
