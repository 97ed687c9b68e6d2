import { randomUUID } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Inbox, type PushReceiver, startPushReceiver } from "../integration/push-receiver.ts";
import { LoopbackAgent } from "../integration/support/loopback-agent.ts";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { WorkflowClient } from "../integration/support/workflow-client.ts";
import { CLIENT_STACKS, type ClientStack, type Feature, FEATURES } from "./client-stacks.ts";
import { ForeignClient, type Wish } from "./foreign-client.ts";
import { eventOf, SdkCard, SdkPushConfig, SdkTask, taskOf } from "./sdk-words.ts";
import { noteCell, wanted } from "./wanted.ts";

const cloud = new StartedCloud();
const workflows = new WorkflowClient(cloud);
let agent: LoopbackAgent;
let receiver: PushReceiver;

beforeAll(async () => {
  receiver = await startPushReceiver();
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
  await workflows.deploy("words", [{ id: "say", input_from: { said: "input.text" } }]);
  await workflows.deploy("figures", [{ id: "add", input_from: { a: "input.a", b: "input.b" } }]);
  await workflows.deploy("asking", [{ id: "ask", input: { behaviour: "input-required" } }]);
  await workflows.deploy("slow", [
    { id: "quick" },
    { id: "held", input: { behaviour: "gated" }, input_from: { gate: "input.gate" } },
  ]);
  // Longer than the five seconds after which the most impatient HTTP client gives up.
  await workflows.deploy("quiet", [{ id: "think", input: { behaviour: "task", delayMs: 8000 } }]);
});
afterAll(async () => {
  agent.stop();
  await Promise.all([cloud.dispose(), receiver.close()]);
});

/** A client, and what its cases have in common. */
class World {
  readonly #client: ForeignClient;
  readonly errors: ClientStack["errors"];

  constructor(client: ForeignClient, { errors }: ClientStack) {
    this.#client = client;
    this.errors = errors;
  }

  ask = (what: string, wish?: Wish) => this.#client.ask(what, wish);
  stream = (wish: Wish) => this.#client.listen("stream", wish);
  send = async (wish: Wish): Promise<SdkTask> => taskOf(await this.#client.ask("send", wish));
  get = async (task: string, history?: number): Promise<SdkTask> =>
    taskOf(await this.#client.ask("get", { task, ...(history === undefined ? {} : { history }) }));

  /** A task that goes on until its gate is open. */
  held = async (): Promise<{ task: SdkTask; open: () => Promise<void> }> => {
    const gate = randomUUID();
    const task = await this.send({ skill: "slow", data: { gate }, immediately: true });
    return { task, open: () => agent.open(gate) };
  };
}

/** Waits for the push that tells a task's end, and holds every push to its token. */
async function pushedEnd(inbox: Inbox, id: string): Promise<void> {
  const pushes = await cloud.until(async () => {
    const heard = await inbox.received(1);
    return heard.some(({ text }) => /"(TASK_STATE_COMPLETED|completed)"/.test(text)) ? heard : undefined;
  }, `the push of the end of ${id}`);
  for (const { token } of pushes) expect(token).toBe(inbox.target.token);
  const last = eventOf(pushes.at(-1)?.body);
  expect(last).toMatchObject({ kind: "task", task: { id, status: { state: "completed" } } });
}

const CHECKS: Readonly<Record<Exclude<Feature, KillFeature>, (world: World) => Promise<void>>> = {
  card: async ({ ask }) => {
    const card = SdkCard.parse(await ask("card"));
    expect(card).toMatchObject({
      name: "A2A orchestrator",
      capabilities: { streaming: true, pushNotifications: true },
    });
    expect(card.skills).toHaveLength(1);
  },
  "extended card": async ({ ask }) => {
    const { skills } = SdkCard.parse(await ask("extended card"));
    expect(skills.map(({ id }) => id)).toEqual(expect.arrayContaining(["asking", "figures", "quiet", "slow", "words"]));
  },
  send: async ({ send }) => {
    const said = await send({ text: "good morning" });
    expect(said.status.state).toBe("completed");
    expect(JSON.stringify(said.artifacts)).toContain("good morning");
    const added = await send({ data: { a: 1, b: 2 } });
    expect(added.artifacts).toMatchObject([{ artifactId: "add", parts: [{ data: { echo: { a: 1, b: 2 } } }] }]);
  },
  "send, answered at once": async ({ held, get }) => {
    const { task, open } = await held();
    expect(["submitted", "working"]).toContain(task.status.state);
    await open();
    await workflows.finished(task.id);
    expect((await get(task.id)).status.state).toBe("completed");
  },
  "send, answered after 8 s": async ({ send }) => {
    expect((await send({ skill: "quiet", text: "take your time" })).status.state).toBe("completed");
  },
  "get, with history": async ({ send, get }) => {
    const { id } = await send({ text: "remember me" });
    expect((await get(id)).history).toMatchObject([{ role: "user", parts: [{ text: "remember me" }] }]);
    const asked = await send({ skill: "asking", text: "well?" });
    await send({ task: asked.id, context: asked.contextId, text: "blue" });
    expect((await get(asked.id, 1)).history).toMatchObject([{ role: "user", parts: [{ text: "blue" }] }]);
  },
  stream: async ({ stream }) => {
    const gate = randomUUID();
    const { events, ended } = stream({ skill: "slow", data: { gate } });
    const artifacts = () => events.flatMap((event) => (event.kind === "artifact" ? [event.artifact.artifactId] : []));
    await cloud.until(() => (artifacts().length > 0 ? true : undefined), "the first artifact");
    await agent.open(gate);
    expect(await ended).toBeUndefined();
    expect(events[0]).toMatchObject({ kind: "task" });
    expect(artifacts()).toEqual(["quick", "held"]);
    expect(events.at(-1)).toMatchObject({ kind: "status", status: { state: "completed" } });
  },
  "quiet stream": async ({ stream }) => {
    const { events, ended } = stream({ skill: "quiet", text: "take your time" });
    expect(await ended).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ kind: "status", status: { state: "completed" } });
  },
  list: async ({ ask, send }) => {
    const context = randomUUID();
    const first = await send({ text: "one", context });
    const second = await send({ text: "two", context });
    const { tasks } = z.object({ tasks: z.array(SdkTask) }).parse(await ask("list", { context }));
    expect(tasks.map(({ id }) => id)).toEqual([second.id, first.id]);
  },
  cancel: async ({ ask, held, get }) => {
    const { task } = await held();
    expect(taskOf(await ask("cancel", { task: task.id })).status.state).toBe("canceled");
    expect((await get(task.id)).status.state).toBe("canceled");
  },
  "question and answer": async ({ send }) => {
    const asked = await send({ skill: "asking", text: "well?" });
    expect(asked.status).toMatchObject({ state: "input-required", message: { parts: [{ text: "which colour?" }] } });
    const answered = await send({ task: asked.id, context: asked.contextId, text: "blue" });
    expect([answered.id, answered.status.state]).toEqual([asked.id, "completed"]);
  },
  "push, asked for with the message": async ({ send }) => {
    const inbox = receiver.expectPush();
    const { id } = await send({ text: "tell me", push: inbox.target });
    await pushedEnd(inbox, id);
  },
  "push, asked for later": async ({ ask, held }) => {
    const inbox = receiver.expectPush();
    const { task, open } = await held();
    await ask("set push", { task: task.id, push: inbox.target });
    await open();
    await pushedEnd(inbox, task.id);
  },
  "push configuration, read": async ({ ask, send }) => {
    const { id: task } = await send({ skill: "asking", text: "well?" });
    const push = { ...receiver.expectPush().target, id: "mine" };
    await ask("set push", { task, push });
    expect(SdkPushConfig.parse(await ask("get push", { task, config: "mine" }))).toEqual({
      taskId: task,
      id: "mine",
      url: push.url,
    });
  },
  "push configurations, listed and deleted": async ({ ask, send }) => {
    const { id: task } = await send({ skill: "asking", text: "well?" });
    await ask("set push", { task, push: { ...receiver.expectPush().target, id: "mine" } });
    const Configs = z.object({ configs: z.array(SdkPushConfig).nullish() });
    const list = async () => Configs.parse(await ask("list push", { task })).configs ?? [];
    expect((await list()).map(({ id }) => id)).toEqual(["mine"]);
    await ask("delete push", { task, config: "mine" });
    expect(await list()).toEqual([]);
  },
  errors: async ({ ask, send, get, errors }) => {
    await expect(get("exec_0000000000")).rejects.toMatchObject({ name: errors.unknown });
    const { id } = await send({ text: "done already" });
    await expect(ask("cancel", { task: id })).rejects.toMatchObject({ name: errors.over });
  },
};

type KillFeature = Extract<Feature, `${string}kill -9${string}`>;
const isHere = (feature: Feature): feature is Exclude<Feature, KillFeature> => feature in CHECKS;

for (const stack of CLIENT_STACKS.filter(wanted)) {
  describe.concurrent(`${stack.id} (${stack.name})`, () => {
    let client: ForeignClient;
    // One after the other: side by side, how many there are would be what is tested.
    let turn = Promise.resolve();
    const inTurn = (check: () => Promise<void>): Promise<void> => {
      const mine = turn.then(check);
      turn = mine.catch(() => undefined);
      return mine;
    };
    beforeAll(async () => {
      client = await ForeignClient.start(stack, cloud.connection());
    });
    afterAll(() => client[Symbol.asyncDispose]());
    for (const feature of FEATURES.filter(isHere)) {
      it(feature, async ({ task }) => {
        const lack = stack.lacks?.[feature];
        if (lack === undefined) await inTurn(() => CHECKS[feature](new World(client, stack)));
        noteCell(task, { table: "clients", column: stack.id, row: feature, lack });
      });
    }
  });
}
