import { array, assert, asyncProperty, boolean, constantFrom, integer, oneof, option, record } from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { patternOf } from "../../../shared/events/event-pattern.ts";
import { type Hook, inOrder } from "../../../shared/hooks/hook.ts";
import { envelopeOf, HookEvent, lineOf, triggersOf } from "../../../shared/hooks/hook-event.ts";
import { compileHooks } from "../../../shared/hooks/hook-matcher.ts";
import { HOOK_TRIGGERS } from "../../../shared/hooks/trigger.ts";
import { hookLike } from "../../fixtures/runtime/hook-kit.ts";

const eventOf = (type: string, facts: Record<string, unknown>, more: object = {}): HookEvent =>
  HookEvent.parse({ event_id: "e1", type, tenant: "acme", timestamp: "2026-11-21T10:00:00.000Z", facts, ...more });

/** What the matcher stands for: each hook by itself. */
const naive = (hooks: readonly Hook[], event: HookEvent, triggers: readonly string[]): string[] =>
  hooks
    .filter(({ enabled, trigger }) => enabled && triggers.includes(trigger))
    .filter(({ event_pattern: pattern }) => pattern === undefined || RE2JS.compile(pattern).test(lineOf(event)))
    .filter(({ event_filter: filter }) => filter === undefined || patternOf(filter)(envelopeOf(event)))
    .sort(inOrder)
    .map(({ hook_id: id }) => id);

describe("matching hooks", () => {
  const word = constantFrom("fetch", "audit", "report-1", "report-22", "a", "", "ä", "-");
  const pattern = oneof(
    word.filter((text) => text !== ""),
    constantFrom("^task\\.completed", "report-\\d+", ".*audit.*", "(fetch|audit) agent-[12]", "[a-f]+$", "(?i)FETCH", "\\bagent\\b", "^workflow", "x*", "\\p{L}", "- -"),
  );
  const hook = record({
    trigger: constantFrom(...HOOK_TRIGGERS),
    event_pattern: option(pattern, { nil: undefined }),
    event_filter: option(constantFrom({ detail: { status: ["failed"] } }, { "detail-type": [{ prefix: "task." }] }), { nil: undefined }),
    priority: integer({ min: 0, max: 3 }),
    enabled: boolean(),
  });
  const event = record({
      type: constantFrom("task.completed", "workflow.status_changed", "agent.task_assigned", "task.retry_scheduled", "session.saved"),
      facts: record({ task_id: word, agent_id: constantFrom("agent-1", "agent-2"), skill: word, status: constantFrom("success", "failed") }, { requiredKeys: [] }),
  }).map(({ type, facts }) => eventOf(type, facts));

  it("finds by one automaton what asking each hook by itself finds, in the same order", async () => {
    await assert(
      asyncProperty(array(hook, { maxLength: 30 }), array(event, { minLength: 1, maxLength: 4 }), async (drawn, events) => {
        const hooks = drawn.map((fields, index) => hookLike({ ...fields, hook_id: `hook_${index}`, name: `n${index}` }));
        const matcher = await compileHooks(hooks);
        for (const one of events) {
          const found = matcher.match(one, HOOK_TRIGGERS).map(({ hook_id: id }) => id);
          expect(found).toEqual(naive(hooks, one, HOOK_TRIGGERS));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("matches the specification's own example: '.*analysis.*' and a task of that name", async () => {
    const matcher = await compileHooks([hookLike({ event_pattern: ".*analysis.*" })]);
    const names = (facts: Record<string, unknown>): number => matcher.match(eventOf("task.completed", facts), ["post_task"]).length;
    expect([names({ task_id: "analysis-of-costs" }), names({ task_id: "fetch" })]).toEqual([1, 0]);
  });

  it("looks for a pattern in event, task, agent and skill, with a dash for what is absent", () => {
    expect(lineOf(eventOf("task.completed", { task_id: "fetch", agent_id: "a1", skill: "find" }))).toBe("task.completed fetch a1 find");
    expect(lineOf(eventOf("agent.registered", {}, { agent_id: "a1" }))).toBe("agent.registered - a1 -");
  });

  it.each([
    { type: "task.completed", facts: { status: "success" }, triggers: ["post_task", "notification"] },
    { type: "task.completed", facts: { status: "failed", agent_id: "a" }, triggers: ["post_task", "agent_failed", "notification"] },
    { type: "task.completed", facts: { status: "skipped" }, triggers: ["notification"] },
    { type: "task.retry_scheduled", facts: { agent_id: "a" }, triggers: ["agent_failed", "notification"] },
    { type: "agent.task_assigned", facts: {}, triggers: ["agent_assigned", "notification"] },
    { type: "agent.circuit_opened", facts: {}, triggers: ["agent_failed", "notification"] },
    { type: "agent.status_changed", facts: { new_status: "INACTIVE" }, triggers: ["agent_failed", "notification"] },
    { type: "workflow.status_changed", facts: { new_status: "running" }, triggers: ["notification"] },
    { type: "workflow.status_changed", facts: { new_status: "cancelled" }, triggers: ["post_workflow", "notification"] },
    { type: "hook.executed", facts: {}, triggers: [] },
  ])("$type with $facts pulls $triggers", ({ type, facts, triggers }) => {
    expect(triggersOf(eventOf(type, facts))).toEqual(triggers);
  });
});
