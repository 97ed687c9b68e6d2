import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();

/** Every way in which a task can begin. */
const KINDS: Readonly<Record<string, object>> = {
  "an agent's work": task("a"),
  "a list": task("a", [], { for_each: { items: "input.list" } }),
  "several agents' work": task("a", [], { scatter: { agents: 2 } }),
  "a workflow": { id: "a", workflow: { name: "other" } },
  "an event to emit": { id: "a", emit_event: { detail_type: "order.paid" } },
  "an approval": { id: "a", approval: {} },
  "a wait for an event": { id: "a", wait_for_event: { pattern: { "detail-type": ["x"] } } },
  "a task that its condition rules out": task("a", [], { when: "false" }),
  "a task whose condition cannot be told": task("a", [], { when: "input.ghost.field" }),
};

async function runtimeWith(kind: object, before?: RowFields): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([kind]));
  runtime.registry = [agentOf("agent-one"), agentOf("agent-two")];
  const execution = await runtime.submit({ input: { json: '{"list":[1,2]}' } });
  if (before !== undefined) await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "queued", token: "token-a", ...before }) });
  return runtime;
}

/** The task begins, and another worker writes this row just before. */
async function begun(kind: object, theirs: RowFields, before?: RowFields): Promise<MemoryRuntime> {
  const runtime = await runtimeWith(kind, before);
  const seen = meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", theirs));
  await dispatchTask(runtime, runtime.message("a", before === undefined ? {} : { seen: 0 }));
  expect(seen.writes).toBeGreaterThan(0);
  return runtime;
}

const effects = ({ sent, children, tasks, watches, answers }: MemoryRuntime) => ({
  sent: sent.length,
  children: children.length,
  tasks: tasks.map(({ message, delay }) => `${message.task} in ${delay}`),
  watches: watches.map(({ delay }) => delay),
  answers,
});
const NOTHING = { sent: 0, children: 0, tasks: [], watches: [], answers: [] };

describe.each(Object.entries(KINDS))("when %s is begun by two in the same moment", (_, kind) => {
  const cases: readonly { what: string; theirs: RowFields; effect: object }[] = [
    { what: "is at its agent, and the agent is asked", theirs: { state: "running", agentId: "agent-one", agentTaskId: "remote-1" }, effect: { watches: [0] } },
    { what: "is done, and its machine hears so", theirs: { state: "skipped" }, effect: { answers: [{ token: "token-a" }] } },
    { what: "waits for its next attempt", theirs: { state: "queued", notBefore: at(60) }, effect: { tasks: ["a in 60"] } },
    { what: "waits for an operator", theirs: { state: "parked", reason: "operator" }, effect: {} },
    { what: "belongs to a newer run", theirs: { state: "queued", run: 2, token: "newer" }, effect: {} },
  ];

  it.each(cases)("the second goes on from the row of the first, which $what", async ({ theirs, effect }) => {
    const runtime = await begun(kind, theirs);
    expect(effects(runtime)).toEqual({ ...NOTHING, ...effect });
    expect(runtime.record("a")).toMatchObject(theirs);
  });

  it.each(cases)("and it had a row, the second leaves all to the first, whose row $what", async ({ theirs }) => {
    const runtime = await begun(kind, theirs, { attempt: 0 });
    expect(effects(runtime)).toEqual(NOTHING);
    expect(runtime.record("a")).toMatchObject(theirs);
  });
});
