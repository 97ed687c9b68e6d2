import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LoopbackAgent } from "../integration/support/loopback-agent.ts";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { WorkflowClient } from "../integration/support/workflow-client.ts";
import { CLIENT_STACKS, type Feature } from "./client-stacks.ts";
import { ForeignClient, type Listening } from "./foreign-client.ts";
import type { SdkEvent } from "./sdk-words.ts";
import { noteCell, wanted } from "./wanted.ts";

const GATE = "after-the-restart";
const RUNS = [
  { runner: "machine", feature: "stream over kill -9" },
  { runner: "graph", feature: "subscription over kill -9, graph runner" },
] as const satisfies readonly { runner: string; feature: Feature }[];
type Runner = (typeof RUNS)[number]["runner"];

const cloud = new StartedCloud();
const workflows = new WorkflowClient(cloud);
let agent: LoopbackAgent;

/** What one client hears of one run: until the cloud is killed, and after it has started again. */
interface Followed {
  readonly id: string;
  readonly before: Listening;
  after?: Listening;
}
const clients = new Map<string, ForeignClient>();
const followed = new Map<string, Followed>();
const keyOf = (client: string, runner: Runner): string => `${client} ${runner}`;

const artifactsOf = (events: readonly SdkEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "artifact" ? [event.artifact.artifactId] : []));
const artifactsAtFirst = ([first]: readonly SdkEvent[]): string[] =>
  first?.kind === "task" ? first.task.artifacts.map(({ artifactId }) => artifactId) : [];

async function follow(client: ForeignClient, runner: Runner): Promise<Followed> {
  if (runner === "machine") {
    const before = client.listen("stream", { skill: "long", text: "go" });
    const first = await cloud.until(() => before.events[0], "the first event");
    if (first.kind !== "task") throw new Error(`a stream begins with its task, not with ${first.kind}`);
    return { id: first.task.id, before };
  }
  const id = await workflows.submit("long", {}, { execution_options: { runner } });
  return { id, before: client.listen("subscribe", { task: id }) };
}

async function bringUp(): Promise<void> {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
}

const toldEarly = ({ before: { events } }: Followed): boolean =>
  [...artifactsAtFirst(events), ...artifactsOf(events)].includes("early");

/** Every client follows a run on each runner. */
async function followAll(): Promise<readonly Followed[]> {
  const started = CLIENT_STACKS.filter((stack) => wanted(stack) && stack.lacks?.[RUNS[0].feature] === undefined);
  await Promise.all(
    started.map(async (stack) => {
      const client = await ForeignClient.start(stack, cloud.connection());
      clients.set(stack.id, client);
      for (const { runner } of RUNS) followed.set(keyOf(stack.id, runner), await follow(client, runner));
    }),
  );
  const all = [...followed.values()];
  await cloud.until(() => (all.every(toldEarly) ? true : undefined), "the early artifacts");
  for (const { id } of all) await workflows.reaches(id, "work", "running");
  return all;
}

function subscribeAgain(): void {
  for (const [name, client] of clients) {
    for (const { runner } of RUNS) {
      const one = followed.get(keyOf(name, runner));
      if (one !== undefined) one.after = client.listen("subscribe", { task: one.id });
    }
  }
}

beforeAll(async () => {
  await bringUp();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status).toBe(201);
  await workflows.deploy("long", [
    { id: "early" },
    // Under way when the cloud is killed, and done by the agent while it is down or soon after.
    { id: "work", input: { behaviour: "task", delayMs: 15_000 } },
    { id: "late", input: { behaviour: "gated", gate: GATE }, depends_on: ["work"] },
  ]);
  const all = await followAll();
  await cloud.kill();
  await Promise.all(all.map(({ before }) => before.ended));
  await bringUp();
  subscribeAgain();
  const hasBegun = ({ after }: Followed): boolean => (after?.events.length ?? 0) > 0;
  await cloud.until(() => (all.every(hasBegun) ? true : undefined), "every subscription");
  await agent.open(GATE);
});
afterAll(async () => {
  agent.stop();
  for (const client of clients.values()) await client[Symbol.asyncDispose]();
  await cloud.dispose();
});

/** What follows the restart, and the end, are told once; what came before it is in the task that is told first. */
async function heardOnce(one: Followed | undefined): Promise<void> {
  if (one?.after === undefined) throw new Error("nothing was followed");
  const { before, after } = one;
  expect(await after.ended).toBeUndefined();
  const isEnd = (event: SdkEvent): boolean => event.kind === "status" && event.status.state === "completed";
  expect(before.events.filter(isEnd)).toEqual([]);
  expect(artifactsAtFirst(after.events)).toEqual(["early"]);
  expect(artifactsOf(after.events)).toEqual(["late"]);
  expect(after.events.map(isEnd)).toEqual(after.events.map((_, index) => index === after.events.length - 1));
  for (const name of ["early", "work", "late"]) {
    expect(await workflows.task(one.id, name)).toMatchObject({ status: "completed", attempt: 1 });
  }
}

for (const stack of CLIENT_STACKS.filter(wanted)) {
  describe.concurrent(`${stack.id} (${stack.name})`, () => {
    for (const { runner, feature } of RUNS) {
      it(feature, async ({ task }) => {
        const lack = stack.lacks?.[feature];
        if (lack === undefined) await heardOnce(followed.get(keyOf(stack.id, runner)));
        noteCell(task, { table: "clients", column: stack.id, row: feature, lack });
      });
    }
  });
}

it("has each task done once", () => {
  const effects = agent.effects();
  expect(effects).toHaveLength(followed.size * 3);
  expect(new Set(effects).size).toBe(effects.length);
});
