import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePlan } from "../../../../shared/workflow/compiler/compile-plan.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { a, b, define, errorsOf, SAGA, warningsOf } from "./definition-samples.ts";

describe("what a task does", () => {
  it.each([
    {
      flaw: "nothing",
      task: { id: "b" },
      says: 'MissingKey tasks[1].agent: the key "agent" is missing: task "b" has nothing to do',
    },
    {
      flaw: "two things",
      task: b({ workflow: "x" }),
      says: 'ConflictingKeys tasks[1]: task "b" has agent and workflow, but does one thing',
    },
    {
      flaw: "an event for each element",
      task: { id: "b", emit_event: { detail_type: "x" }, depends_on: ["a"], for_each: "outputs.a" },
      says: 'UnusableKey tasks[1].for_each: task "b" has for_each, but neither an agent nor a workflow',
    },
    {
      flaw: "copies for each element",
      task: b({ for_each: "outputs.a", parallel: true, count: 2 }),
      says: 'UnusableKey tasks[1].for_each: task "b" has for_each and a fixed number of copies',
    },
    {
      flaw: "a hedged workflow",
      task: { id: "b", workflow: "x", depends_on: ["a"], hedge: { after: 5 } },
      says: 'UnusableKey tasks[1].hedge: task "b" has hedge, but calls no agent',
    },
    {
      flaw: "several agents for each element",
      task: b({ for_each: "outputs.a", scatter: { agents: 2 } }),
      says: 'UnusableKey tasks[1].scatter: task "b" has scatter, and for_each or hedge as well',
    },
    {
      flaw: "several agents and a second one beside each",
      task: b({ hedge: { after: 5 }, scatter: { agents: 2 } }),
      says: 'UnusableKey tasks[1].scatter: task "b" has scatter, and for_each or hedge as well',
    },
    {
      flaw: "more answers than agents",
      task: b({ scatter: { agents: 2, min_responses: 3 } }),
      says: 'UnusableKey tasks[1].scatter: task "b" asks 2 agents and needs 3 answers',
    },
    {
      flaw: "more answers than named agents",
      task: b({ scatter: { agents: ["agent-x", "agent-y"], min_responses: 3 } }),
      says: 'UnusableKey tasks[1].scatter: task "b" asks 2 agents and needs 3 answers',
    },
    {
      flaw: "its own workflow",
      task: { id: "b", workflow: { name: "demo", version: "0.9" }, depends_on: ["a"] },
      says: 'RecursiveWorkflow tasks[1].workflow: task "b" runs the workflow it belongs to',
    },
    {
      flaw: "an unknown undoer",
      task: b({ compensation: { action: "undo", agent: "wroker" } }),
      says: 'UnknownAgent tasks[1].compensation.agent: the compensation of task "b" names the agent "wroker", which is not defined',
    },
    {
      flaw: "an undo that nobody can do",
      task: { id: "b", workflow: "x", depends_on: ["a"], compensation_action: "undo" },
      says: 'CompensationWithoutAgent tasks[1].compensation_action: nobody can undo task "b": neither it nor its compensation names an agent',
    },
  ])("is refused when it is $flaw", ({ task, says: expected }) => {
    expect(errorsOf(define([a, task], SAGA))).toEqual([expected]);
  });

  it("is named once when its only key is flawed", () => {
    expect(errorsOf(define([{ id: "a", agent: 5 }]))).toEqual([
      "WrongType tasks[0].agent: expected string, got number",
    ]);
  });

  it("cannot be named like an instance of a for_each", () => {
    expect(errorsOf(define([a, { id: "a[0]", agent: "worker" }]))).toEqual([
      'InvalidValue tasks[1].id: "a[0]" is not allowed here',
    ]);
  });

  it("may not be undone after a point of no return, wherever that lies", () => {
    const tasks = [
      { ...a, is_pivot: true, compensation_action: "undo" },
      b({}),
      { id: "c", agent: "worker", depends_on: ["b"], compensation_action: "undo" },
      { id: "beside", agent: "worker", compensation_action: "undo" },
    ];
    expect(errorsOf(define(tasks, SAGA))).toEqual([
      'CompensationAfterPivot tasks[2].compensation_action: task "c" has a compensation, but comes after the pivot "a", from which nothing is undone',
    ]);
  });

  it("needs a version constraint that says something", () => {
    const picky = { worker: { type: "w", agent_version: "newest" }, other: { type: "o", agent_version: ">=1.2.0" } };
    expect(errorsOf(define([a, b({})], { agents: picky }))).toEqual([
      'InvalidValue agents.worker.agent_version: "newest" is no version constraint',
    ]);
  });
});

describe("limits of a definition", () => {
  it.each([
    {
      odd: "a pivot without a saga",
      task: b({ is_pivot: true }),
      more: {},
      says: 'PivotWithoutSaga tasks[1].is_pivot: task "b" is a pivot, but nothing is compensated anyway',
    },
    {
      odd: "an undo without a saga",
      task: b({ compensation_action: "undo" }),
      more: {},
      says: 'CompensationWithoutSaga tasks[1].compensation_action: the compensation of task "b" never runs: the workflow has no saga',
    },
    {
      odd: "a hedge that comes too late",
      task: b({ hedge: { after: 60 }, timeout: 60 }),
      more: {},
      says: 'HedgeBeyondTimeout tasks[1].hedge: task "b" is hedged after 60 s, but times out after 60 s',
    },
    {
      odd: "a key that nothing uses",
      task: b({ routing_key: "input.id" }),
      more: {},
      says: 'KeyWithoutStrategy tasks[1].routing_key: task "b" has a routing_key, which resource_aware_round_robin does not use',
    },
    {
      odd: "a budget without a ceiling",
      task: b({}),
      more: { budget: {} },
      says: "BudgetUnreachable budget: the budget has no ceiling",
    },
    {
      odd: "a budget longer than the run",
      task: b({}),
      more: { budget: { max_duration_seconds: 3600 } },
      says: "BudgetUnreachable budget: the run times out after 3600 s, before max_duration_seconds",
    },
    {
      odd: "too few calls",
      task: b({}),
      more: { budget: { max_agent_calls: 1 } },
      says: "BudgetTooSmall budget: the tasks make at least 2 agent calls, max_agent_calls is 1",
    },
    {
      odd: "too little money",
      task: b({ estimate: { cost: 3 } }),
      more: { budget: { max_cost: 2 } },
      says: "BudgetTooSmall budget: the tasks are estimated to cost 3, max_cost is 2",
    },
  ])("draw a warning for $odd", ({ task, more, says: expected }) => {
    expect(warningsOf(define([a, task], more))).toEqual([expected]);
  });

  it("count only what is certain to run", () => {
    const budget = { max_agent_calls: 1 };
    expect(warningsOf(define([a, b({ when: "outputs.a.more" })], { budget }))).toEqual([]);
  });
});

describe("laws of definitions", () => {
  const expression = fc.constantFrom(
    "outputs.t0",
    "item",
    "input.x",
    "true",
    "1 +",
    "[1]",
    "event",
    "outputs.t1.x > 1",
  );
  const pattern = fc.constantFrom(
    { source: ["a2a.workflow"] },
    { "detail-type": ["x"] },
    {},
    { source: "s" },
    { detail: { x: [1] } },
  );
  const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 });
  const task = fc.record({
    agent: maybe(fc.constantFrom("worker", "other", "ghost")),
    workflow: maybe(fc.constantFrom("demo", "sub", { name: "sub", version: "1.0" })),
    emit_event: maybe(fc.constant({ detail_type: "x" })),
    when: maybe(expression),
    for_each: maybe(expression),
    join: maybe(fc.constantFrom("any", "all", "always", "none")),
    wait_for_event: maybe(pattern.map((each) => ({ pattern: each }))),
    approval: maybe(fc.boolean()),
    input_from: maybe(fc.dictionary(fc.constantFrom("x", "y"), expression)),
    compensation: maybe(fc.record({ action: fc.constant("undo"), agent: maybe(fc.constantFrom("other", "ghost")) })),
    is_pivot: maybe(fc.boolean()),
    depends_on: fc.uniqueArray(fc.constantFrom("t0", "t1", "t2", "t3", "t9"), { maxLength: 3 }),
  });
  const definitions = fc
    .array(task, { minLength: 1, maxLength: 5 })
    .map((tasks) => JSON.parse(JSON.stringify(define(tasks.map((each, index) => ({ id: `t${index}`, ...each }))))));

  it("every definition is reported on or becomes machines, whatever its fields say", () => {
    fc.assert(
      fc.property(definitions, (wire) => {
        const { definition, report } = validateDefinition(wire);
        expect(definition === undefined).toBe(report.errors.length > 0);
        if (definition !== undefined) expect(compilePlan(planWorkflow(definition)).machines.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
