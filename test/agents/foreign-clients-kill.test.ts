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

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status).toBe(201);
  await workflows.deploy("long", [
    { id: "early" },
    // Under way when the cloud is killed, and done by the agent while it is down or soon after.
    { id: "work", input: { behaviour: "task", delayMs: 10_000 } },
    { id: "late", input: { behaviour: "gated", gate: GATE }, depends_on: ["work"] },
  ]);
  for (const stack of CLIENT_STACKS.filter(wanted))
    clients.set(stack.id, await ForeignClient.start(stack, cloud.connection()));
  for (const [name, client] of clients)
    for (const { runner } of RUNS) followed.set(keyOf(name, runner), await follow(client, runner));
  const all = [...followed.values()];
  await cloud.until(
    () =>
      all.every(({ before: { events } }) => [...artifactsAtFirst(events), ...artifactsOf(events)].includes("early"))
        ? true
        : undefined,
    "the early artifacts",
  );
  for (const { id } of all) await workflows.reaches(id, "work", "running");
  await cloud.kill();
  await Promise.all(all.map(({ before }) => before.ended));
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  for (const [name, client] of clients)
    for (const { runner } of RUNS) {
      const one = followed.get(keyOf(name, runner));
      if (one !== undefined) one.after = client.listen("subscribe", { task: one.id });
    }
  await cloud.until(
    () => (all.every(({ after }) => (after?.events.length ?? 0) > 0) ? true : undefined),
    "every subscription",
  );
  await agent.open(GATE);
});
afterAll(async () => {
  agent.stop();
  for (const client of clients.values()) await client[Symbol.asyncDispose]();
  await cloud.dispose();
});

for (const stack of CLIENT_STACKS.filter(wanted)) {
  describe.concurrent(`${stack.id} (${stack.name})`, () => {
    for (const { runner, feature } of RUNS) {
      it(feature, async ({ task }) => {
        const one = followed.get(keyOf(stack.id, runner));
        if (one?.after === undefined) throw new Error("nothing was followed");
        const { before, after } = one;
        expect(await after.ended).toBeUndefined();
        expect(before.events.some((event) => event.kind === "status" && event.status.state === "completed")).toBe(
          false,
        );
        expect(artifactsAtFirst(after.events)).toEqual(["early"]);
        expect(artifactsOf(after.events)).toEqual(["late"]);
        const ends = after.events.filter((event) => event.kind === "status" && event.status.state === "completed");
        expect(ends).toHaveLength(1);
        expect(after.events.at(-1)).toBe(ends[0]);
        const tasks = await Promise.all(["early", "work", "late"].map((name) => workflows.task(one.id, name)));
        for (const { status, attempt } of tasks) expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
        noteCell(task, { table: "clients", column: stack.id, row: feature, lack: undefined });
      });
    }
  });
}

it("has each task done once", () => {
  const effects = agent.effects();
  expect(effects).toHaveLength(followed.size * 3);
  expect(new Set(effects).size).toBe(effects.length);
});
