import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { dueWork } from "../../../../shared/execution/liveness/due-work.ts";
import { runTokenOf } from "../../../../shared/execution/task/task-rules.ts";
import { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { EXECUTION, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { PatternWorld, type Script, WorkerDied } from "../../../fixtures/runtime/pattern-world.ts";

const TEAM = { id: "team", pattern: { name: "supervisor", members: { supervisor: "lead", workers: ["one", "two"] } }, retry_policy: "none" };
const team: Script = ({ kind, input }) => {
  if (kind === "decompose") return { subtasks: [{ id: "a", role: "one", goal: "do a" }, { id: "b", role: "two", goal: "do b" }] };
  if (kind === "assess") return { score: 1 };
  return kind === "synthesize" ? { brief: "all" } : { done: input["subtask"] };
};
const END = { result: { brief: "all" }, synthesized: true, plans: 1, subtasks: [{ id: "a", standing: "accepted", tries: 1 }, { id: "b", standing: "accepted", tries: 1 }] };
const INSTANCES = ["team[0]", "team[1]", "team[2]", "team[3]", "team[4]", "team[5]"];

/** A run whose worker dies at its call number `at` to the tables. */
async function dyingAt(at: number, mode: "before" | "after") {
  const world = new PatternWorld([TEAM], { script: team });
  await world.start();
  let calls = 0;
  const die = (): void => {
    calls += 1;
    if (calls === at) throw new WorkerDied();
  };
  const { tables } = world.runtime;
  if (mode === "before") tables.onSend = die;
  else tables.onSent = die;
  return { world, died: () => calls >= at };
}

const rowsOf = ({ runtime }: PatternWorld): TaskRecord[] =>
  [...runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("TASK#")).map((row) => TaskRecord.parse(row));

/** What the sweep finds due, as its messages. */
function sweep(world: PatternWorld): void {
  const { runtime } = world;
  const run = { tenant: TENANT, execution: EXECUTION, run: 1, plan: runtime.view.plan.planHash, queue: "q/medium", runner: "graph" as const };
  const now = new Date(runtime.time + 3_600_000);
  const due = dueWork({ plan: runtime.view.plan, tasks: runtime.view.tasks, isGraphRun: true, run: 1, records: rowsOf(world), parkedOn: new Map(), now });
  runtime.tasks.push(...due.looks.map((task) => ({ message: { run, task, token: runTokenOf(run), seen: 0 }, delay: 0 })));
}

function expectEnd(world: PatternWorld): void {
  expect(world.output("team")).toMatchObject(END);
  expect(world.runtime.head().status).toBe("completed");
  expect(rowsOf(world).map(({ task }) => task).sort()).toEqual(["team", ...INSTANCES]);
  expect(rowsOf(world).every(({ state }) => state === "completed")).toBe(true);
  const turns = world.runtime.told("pattern.turn").map(([, { turn }]) => turn);
  expect(turns).toEqual(turns.map((_, place) => place + 1));
  expect(world.runtime.told("pattern.finished")).toHaveLength(1);
}

describe.each(["before", "after"] as const)("a worker that dies %s any of its calls to the tables", (mode) => {
  it("leaves a pattern that goes on when its message comes again: every turn once, every question once", async () => {
    for (let at = 1; at < 400; at += 1) {
      const { world, died } = await dyingAt(at, mode);
      await world.drain();
      if (!died()) return expectEnd(world);
      // Whether an agent got a send that nobody heard of is its poll's to find out, as of any task.
      if (!rowsOf(world).some(({ state }) => state === "dispatched")) expectEnd(world);
    }
    throw new Error("the run never ends");
  });

  it("leaves a pattern that goes on by its rows alone when the message is lost", async () => {
    for (let at = 1; at < 400; at += 1) {
      const { world, died } = await dyingAt(at, mode);
      const lossy = async (message: Parameters<typeof dispatchTask>[1]): Promise<void> => {
        try {
          await dispatchTask(world.runtime, message);
        } catch (error) {
          if (!(error instanceof WorkerDied)) throw error;
        }
      };
      await world.drain(lossy);
      if (!died()) return expectEnd(world);
      for (let round = 0; round < 5 && world.runtime.head().status === "running"; round += 1) {
        sweep(world);
        await world.drain(lossy);
      }
      if (rowsOf(world).some(({ state }) => state === "dispatched")) continue;
      expectEnd(world);
    }
    throw new Error("the run never ends");
  });
});

describe("two turns at once", () => {
  it("are one: who comes second looks again, and begins nothing twice", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    await world.start();
    await world.drain(async (message) => {
      const look = (): Promise<void> => dispatchTask(world.runtime, message);
      await (message.task === "team" ? Promise.all([look(), look()]) : look());
    });
    expectEnd(world);
  });

  it("begin nothing once the task has ended meanwhile", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    await world.start();
    const { tables } = world.runtime;
    tables.onSend = (name) => {
      if (name !== "TransactWriteCommand" || world.runtime.told("pattern.turn").length !== 2) return;
      tables.onSend = () => {};
      const row = tables.row(`T#${TENANT}#X#${EXECUTION}`, "TASK#team");
      tables.rows.set(`T#${TENANT}#X#${EXECUTION} TASK#team`, { ...row, pk: `T#${TENANT}#X#${EXECUTION}`, sk: "TASK#team", state: "skipped", settledAt: "2026-11-21T10:00:00.000Z", move: 9 });
    };
    await world.drain();
    expect(world.runtime.told("pattern.turn")).toHaveLength(2);
    expect(world.runtime.record("team")?.state).toBe("skipped");
  });
});
