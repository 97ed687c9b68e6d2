import { describe, expect, it } from "vitest";
import { readEvents } from "../../../../functions/serve-dashboard/page/feed/event-stream.ts";
import { usageWords } from "../../../../functions/serve-dashboard/page/execution/usage-words.ts";
import { span, spanAt } from "../../../../functions/serve-dashboard/page/core/words.ts";
import { lookOfTask, taskWords } from "../../../../functions/serve-dashboard/page/run/looks.ts";
import { countLooks, Plan, Run, type TaskRow } from "../../../../functions/serve-dashboard/page/run/run.ts";

const task = (task_id: string, ...depends_on: string[]) => ({
  task_id,
  depends_on,
  kind: "agent" as const,
  estimate_seconds: 1,
  on_failure: "fail" as const,
  has_instances: false,
});

const plan = () => new Plan({ plan_hash: "h", tasks: [task("a"), task("b", "a"), task("c", "b")], critical_path: ["a", "b", "c"] });

const row = (name: string, status: string, more: Partial<Record<"reason" | "agent", string>> = {}, times: readonly number[] = []): TaskRow => [
  name,
  status,
  more.reason ?? null,
  times[0] ?? null,
  times[1] ?? null,
  times[2] ?? null,
  1,
  more.agent ?? null,
];

const START = Date.parse("2026-11-29T10:00:00.000Z");
const event = (event_type: string, seconds: number, facts: object) => ({
  event_type,
  version: 1 as const,
  event_id: `${event_type} ${seconds}`,
  tenant: "acme",
  workflow_id: "w",
  execution_id: "exec_1",
  trace_id: "t",
  timestamp: new Date(START + seconds * 1000).toISOString(),
  ...facts,
});

describe("a run that is followed", () => {
  it("takes a snapshot, then what changed, and counts how its tasks look", () => {
    const run = new Run(plan());
    run.submittedAt = START;
    run.apply("running", [row("a", "running", { agent: "agent-x" }, [10, 20])], true);
    expect(countLooks(run, undefined)).toMatchObject({ run: 1, idle: 2 });
    expect(run.start[0]).toBe(START + 20);
    run.apply("running", [row("a", "completed", {}, [10, 20, 90]), row("b", "parked", { reason: "approval" })], false);
    expect(countLooks(run, undefined)).toMatchObject({ done: 1, ask: 1, idle: 1 });
    run.apply("running", [row("a", "failed", {}, [10, 20, 90])], true);
    expect(countLooks(run, undefined)).toMatchObject({ fail: 1, ask: 0, idle: 2 });
  });

  it("keeps instances beside the task that they belong to, and leaves out tasks that its plan does not have", () => {
    const run = new Run(plan());
    run.apply("running", [row("b[0]", "completed"), row("b[1]", "running"), row("ghost", "running"), row("ghost[1]", "running")], true);
    expect([...(run.instances.get(1)?.keys() ?? [])]).toEqual(["b[0]", "b[1]"]);
    expect(run.instances.size).toBe(1);
  });

  it("knows what a task needs and what needs it", () => {
    expect(plan().kin(1)).toEqual(new Set([0, 1, 2]));
  });

  it("plays every moment back once it has the events, attempts and starting over included", async () => {
    const run = new Run(plan());
    const pages = [
      [
        event("agent.task_assigned", 1, { task_id: "a", attempt: 1, agent_id: "agent-x" }),
        event("task.retry_scheduled", 2, { task_id: "a", attempt: 1, error: { code: "AgentFailed", message: "no" }, delay_seconds: 1 }),
        event("agent.task_assigned", 4, { task_id: "a", attempt: 2, agent_id: "agent-y" }),
      ],
      [
        event("task.completed", 5, { task_id: "a", attempt: 2, status: "success", duration_seconds: 1 }),
        event("task.parked", 6, { task_id: "b", attempt: 0, reason: "approval" }),
        event("task.reset", 9, { task_id: "a", attempt: 0, run: 2, reason: "rerun" }),
      ],
    ];
    const load = (cursor: string | undefined) =>
      Promise.resolve(cursor === undefined ? { events: pages[0] ?? [], next_cursor: "2" } : { events: pages[1] ?? [], next_cursor: undefined });
    await run.history.read(load);
    await run.history.read(load);
    expect(run.history.events.value).toHaveLength(6);
    const looks = (seconds: number) => [0, 1].map((index) => run.lookAt(index, START + seconds * 1000));
    expect([0, 1, 3, 4, 5, 6, 9].map(looks)).toEqual([
      ["idle", "idle"],
      ["run", "idle"],
      ["wait", "idle"],
      ["run", "idle"],
      ["done", "idle"],
      ["done", "ask"],
      ["idle", "ask"],
    ]);
    expect(run.history.attemptsOf(0)).toMatchObject([
      { number: 1, agent: "agent-x", outcome: "failed", error: "no" },
      { number: 2, agent: "agent-y", outcome: "completed" },
    ]);
  });
});

describe("looks and words", () => {
  it.each([
    ["parked", "approval", "ask", "waits for a decision"],
    ["parked", "inputs", "idle", "waits for its inputs"],
    ["parked", "hold", "wait", "held back"],
    ["queued", "no_capacity", "wait", "waits for a free agent"],
    ["queued", undefined, "idle", "about to start"],
    ["input_required", undefined, "ask", "its agent asks something"],
    ["cancelled", undefined, "skip", "cancelled"],
    ["pending", undefined, "idle", "not started"],
  ])("%s for %s looks like %s: %s", (status, reason, look, words) => {
    expect(lookOfTask(status, reason)).toBe(look);
    expect(taskWords(status, reason)).toBe(words);
  });

  it.each([
    [0, "0.0 s"],
    [9949, "9.9 s"],
    [9951, "10 s"],
    [59_400, "59 s"],
    [59_600, "1 m 00"],
    [185_000, "3 m 05"],
    [7_800_000, "2 h 10"],
    [360_000_000, "4 d 4 h"],
    [-5, "0.0 s"],
  ])("%d ms are %s", (milliseconds, words) => expect(span(milliseconds)).toBe(words));

  it("tells neighbouring marks apart", () => {
    expect([12_000, 12_500].map((at) => spanAt(at, 500))).toEqual(["12.0 s", "12.5 s"]);
    expect([72_000, 72_500].map((at) => spanAt(at, 500))).toEqual(["1 m 12.0", "1 m 12.5"]);
    expect(spanAt(72_000, 1000)).toBe("1 m 12");
  });
});

describe("readEvents", () => {
  it("joins what comes in pieces, leaves out comments, and hears of both", async () => {
    const text = "id: 3\nevent: snapshot\ndata: {\"a\":\ndata: 1}\n\n: alive\n\nevent: end\ndata: é\n\nevent: half";
    const bytes = new TextEncoder().encode(text);
    let heard = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
        controller.close();
      },
    });
    const events = [];
    for await (const one of readEvents(body, () => (heard += 1))) events.push(one);
    expect(events).toEqual([
      { id: "3", event: "snapshot", data: '{"a":\n1}' },
      { id: undefined, event: "end", data: "é" },
    ]);
    expect(heard).toBe(Math.ceil(bytes.length / 7));
  });
});

describe("what was used", () => {
  it("is said as far as it is known", () => {
    expect(usageWords({ cost: 0.25, tokens: 1200, cpu_seconds: 1.5 })).toBe("cost 0.25, tokens 1,200, cpu seconds 1.5");
  });
});
