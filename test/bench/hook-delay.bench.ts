/**
 * What hooks that something waits for cost beside their own time: before an execution, before a task and after an edit, one
 * function each that comes with the orchestrator, 60 executions one after another on the embedded cloud. Run:
 * `npm run bench:hook-delay`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";
import { median } from "./measure.ts";
import { ScaleCloud } from "./scale/scale-cloud.ts";

const EXECUTIONS = 60;
/** Spec 004: hook execution overhead, p95. */
const TARGET_MS = 100;

const Events = z.object({ events: z.array(z.object({ event_type: z.string(), timestamp: z.string() })) });
type Event = z.infer<typeof Events>["events"][number];

const HOOKS = { pre_workflow: "session-restore", pre_edit: "check-files", post_edit: "format-output" } as const;
type Trigger = keyof typeof HOOKS;

/** The first event of each kind that comes after so many others of its kind. */
const timeOf = (events: readonly Event[], type: string, nth: number): number => Date.parse(events.filter((event) => event.event_type === type)[nth]?.timestamp ?? "");

/** Milliseconds from the wait to the move that ends it. */
const gapOf: Readonly<Record<Trigger, (events: readonly Event[]) => number>> = {
  pre_workflow: (events) => timeOf(events, "workflow.status_changed", 1) - timeOf(events, "workflow.status_changed", 0),
  pre_edit: (events) => timeOf(events, "task.hooks_ran", 0) - timeOf(events, "task.parked", 0),
  post_edit: (events) => timeOf(events, "task.hooks_ran", 1) - timeOf(events, "task.parked", 1),
};

/** The history of an execution, once all of it is there. */
async function eventsOf(scale: ScaleCloud, id: string): Promise<readonly Event[]> {
  for (;;) {
    const { events } = Events.parse(await scale.call("GET", `/api/v1/executions/${id}/events?limit=100`));
    if (events.filter(({ event_type: type }) => type === "task.hooks_ran").length === 2) return events;
    await sleep(100);
  }
}

const scale = await ScaleCloud.start();
try {
  for (const [trigger, name] of Object.entries(HOOKS)) {
    await scale.call("POST", "/api/v1/hooks", { name: trigger, trigger, action: { type: "function", function: `builtin:${name}` } });
  }
  await scale.deploy("edits", [{ id: "edit", skill: "work", operation: "edit", input: { file: "a.py" } }]);
  await sleep((HOOK_LIMITS.viewSeconds + 1) * 1000);
  const histories: (readonly Event[])[] = [];
  for (let run = 0; run < EXECUTIONS; run += 1) {
    const id = await scale.submit("edits", run % 2 === 0 ? "graph" : "machine");
    await scale.finished(id);
    histories.push(await eventsOf(scale, id));
  }
  const rows = Object.entries(gapOf).map(([trigger, gap]) => {
    const gaps = histories.map(gap).toSorted((a, b) => a - b);
    return { trigger, "median ms": median(gaps), "p95 ms": gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN };
  });
  console.table(rows);
  process.exitCode = rows.every((row) => row["p95 ms"] < TARGET_MS) ? 0 : 1;
} finally {
  await scale.stop();
}
