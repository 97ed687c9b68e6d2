import { describe, expect, it } from "vitest";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import { isPlainCall } from "../../../../shared/execution/task/task-rules.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const pattern = { "detail-type": ["x"] };

describe("a task that can be given to an agent without a question", () => {
  it.each([
    { what: "calls an agent", shape: task("a"), is: true },
    { what: "may be tried again", shape: task("a", [], { on_failure: "continue" }), is: true },
    { what: "has a condition", shape: task("a", [], { when: "true" }), is: false },
    { what: "waits for an event", shape: task("a", [], { wait_for_event: { pattern } }), is: false },
    { what: "waits for a decision", shape: task("a", [], { approval: { prompt: "?" } }), is: false },
    { what: "runs over a list", shape: task("a", [], { for_each: { items: "input.list" } }), is: false },
    { what: "takes values of others", shape: task("a", [], { input_from: { n: "input.n" } }), is: false },
    { what: "is a workflow", shape: { id: "a", workflow: { name: "other" } }, is: false },
    { what: "only waits", shape: { id: "a", wait_for_event: { pattern } }, is: false },
  ])("is one that $what: $is", ({ shape, is }) => {
    const found = viewPlan(planOf([shape])).tasks.get("a");
    expect(found !== undefined && isPlainCall(found)).toBe(is);
  });
});
