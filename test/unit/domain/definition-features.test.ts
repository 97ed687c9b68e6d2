import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePlan } from "../../../shared/compiler/compile-plan.ts";
import { planWorkflow } from "../../../shared/domain/planner.ts";
import { validateDefinition } from "../../../shared/domain/validate-definition.ts";
import type { Issue } from "../../../shared/schemas/issue.ts";

const agents = { worker: { type: "w", capabilities: ["work"] }, other: { type: "o" } };
const define = (tasks: readonly object[], more: object = {}): object => ({
  name: "demo",
  version: "1.0",
  agents,
  tasks,
  ...more,
});
const a = { id: "a", agent: "worker" };
const b = (more: object) => ({ id: "b", agent: "other", depends_on: ["a"], ...more });
const says = ({ code, path, message }: Issue): string => `${code} ${path}: ${message}`;
const errorsOf = (wire: object) => validateDefinition(wire).report.errors.map(says);
const warningsOf = (wire: object) => {
  const { report } = validateDefinition(wire);
  expect(report.errors).toEqual([]);
  return report.warnings.map(says);
};
const SAGA = { fault_tolerance: { saga_pattern: {} } };

describe("expressions of a definition", () => {
  it.each([
    { flaw: "syntax", task: b({ when: "outputs.a.n >" }), says: "InvalidExpression tasks[1].when: when of task \"b\" is no valid expression: something is missing at the end (character 14)" },
    { flaw: "a condition that is none", task: b({ when: "size(outputs.a)" }), says: 'InvalidExpression tasks[1].when: when of task "b" gives a number' },
    { flaw: "a fan-out over a condition", task: b({ for_each: "outputs.a.n > 1" }), says: 'InvalidExpression tasks[1].for_each: for_each of task "b" gives a boolean' },
    { flaw: "an unknown task", task: b({ when: "outputs.c.ok" }), says: 'UnknownReference tasks[1].when: when of task "b" reads outputs.c, which is not there' },
    { flaw: "an unknown field of a state", task: b({ when: "tasks.a.status == 'failed'" }), says: 'UnknownReference tasks[1].when: when of task "b" reads tasks.a.status, but a task has a state only' },
    { flaw: "an element outside for_each", task: b({ input_from: { x: "item.y" } }), says: 'InvalidExpression tasks[1].input_from.x: input "x" of task "b" is no valid expression: unknown variable "item"; there is input, outputs, tasks (character 1)' },
    { flaw: "the element in the list itself", task: b({ for_each: { items: "item" } }), says: 'InvalidExpression tasks[1].for_each.items: for_each of task "b" is no valid expression: unknown variable "item"; there is input, outputs, tasks (character 1)' },
    { flaw: "an event nobody waits for", task: b({ routing_key: "event.id", strategy: "affinity" }), says: 'InvalidExpression tasks[1].routing_key: routing_key of task "b" is no valid expression: unknown variable "event"; there is input, outputs, tasks (character 1)' },
  ])("are refused for $flaw", ({ task, says: expected }) => {
    expect(errorsOf(define([a, task]))).toEqual([expected]);
  });

  it.each([
    { reads: "outputs.fetsh.n", remedy: 'did you mean "fetch"?' },
    { reads: "outputs.late.n", remedy: 'add "late" to depends_on of "b"' },
    { reads: "outputs.copies.n", remedy: 'name its copies, such as outputs["copies-1"]' },
    { reads: "item", remedy: "`item` exists in `input_from` and `routing_key` of a task with `for_each`" },
  ])("$reads comes with a remedy", ({ reads, remedy }) => {
    const tasks = [
      { id: "fetch", agent: "worker" },
      { id: "copies", agent: "worker", parallel: true, count: 2 },
      { id: "b", agent: "other", depends_on: ["fetch", "copies"], input_from: { x: reads } },
      { id: "late", agent: "worker", depends_on: ["b"] },
    ];
    expect(validateDefinition(define(tasks)).report.errors.map((error) => error.remedy)).toEqual([remedy]);
  });

  it("may read outputs of copies by their ids", () => {
    const tasks = [
      { id: "copies", agent: "worker", parallel: true, count: 2 },
      { id: "b", agent: "other", depends_on: ["copies"], input_from: { x: 'outputs["copies-2"].n' } },
    ];
    expect(errorsOf(define(tasks))).toEqual([]);
  });

  it.each([
    { flaw: "a workflow's output of no task", more: { outputs: { x: "outputs.ghost.n" } }, says: 'UnknownReference outputs.x: output "x" reads outputs.ghost, which is not there' },
    { flaw: "a trigger that speaks of outputs", more: { triggers: [{ pattern: { source: ["shop"] }, input_from: { x: "outputs.a" } }] }, says: 'InvalidExpression triggers[0].input_from.x: field "x" of trigger 1 is no valid expression: unknown variable "outputs"; there is event (character 1)' },
    { flaw: "a trigger that misspells the event", more: { triggers: [{ pattern: { source: ["shop"] }, input_from: { x: "event.details.x" } }] }, says: 'UnknownReference triggers[0].input_from.x: field "x" of trigger 1 reads event.details, which is not there' },
  ])("of the workflow are refused for $flaw", ({ more, says: expected }) => {
    expect(errorsOf(define([a], more))).toEqual([expected]);
  });

  it("keep a dependency that they read from being called redundant", () => {
    const chain = [a, b({}), { id: "c", agent: "worker", depends_on: ["a", "b"], input_from: { x: "outputs.a.n" } }];
    expect(validateDefinition(define(chain)).report.optimizations).toEqual([]);
  });
});

describe("what a task does", () => {
  it.each([
    { flaw: "nothing", task: { id: "b" }, says: 'MissingKey tasks[1].agent: the key "agent" is missing: task "b" has nothing to do' },
    { flaw: "two things", task: b({ workflow: "x" }), says: 'ConflictingKeys tasks[1]: task "b" has agent and workflow, but does one thing' },
    { flaw: "an event for each element", task: { id: "b", emit_event: { detail_type: "x" }, depends_on: ["a"], for_each: "outputs.a" }, says: 'UnusableKey tasks[1].for_each: task "b" has for_each, but neither an agent nor a workflow' },
    { flaw: "copies for each element", task: b({ for_each: "outputs.a", parallel: true, count: 2 }), says: 'UnusableKey tasks[1].for_each: task "b" has for_each and a fixed number of copies' },
    { flaw: "a hedged workflow", task: { id: "b", workflow: "x", depends_on: ["a"], hedge: { after: 5 } }, says: 'UnusableKey tasks[1].hedge: task "b" has hedge, but calls no agent' },
    { flaw: "its own workflow", task: { id: "b", workflow: { name: "demo", version: "0.9" }, depends_on: ["a"] }, says: 'RecursiveWorkflow tasks[1].workflow: task "b" runs the workflow it belongs to' },
    { flaw: "an unknown undoer", task: b({ compensation: { action: "undo", agent: "wroker" } }), says: 'UnknownAgent tasks[1].compensation.agent: the compensation of task "b" names the agent "wroker", which is not defined' },
    { flaw: "an undo that nobody can do", task: { id: "b", workflow: "x", depends_on: ["a"], compensation_action: "undo" }, says: 'CompensationWithoutAgent tasks[1].compensation_action: nobody can undo task "b": neither it nor its compensation names an agent' },
  ])("is refused when it is $flaw", ({ task, says: expected }) => {
    expect(errorsOf(define([a, task], SAGA))).toEqual([expected]);
  });

  it("is named once when its only key is flawed", () => {
    expect(errorsOf(define([{ id: "a", agent: 5 }]))).toEqual(["WrongType tasks[0].agent: expected string, got number"]);
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

describe("events of a definition", () => {
  const emit = (id: string, type: string, ...inputs: string[]) => ({
    id,
    emit_event: { detail_type: type },
    depends_on: inputs,
  });
  const wait = (id: string, pattern: object, ...inputs: string[]) => ({
    id,
    wait_for_event: { pattern },
    depends_on: inputs,
  });
  const own = (type: string) => ({ source: ["a2a.workflow"], "detail-type": [type] });

  it.each([
    { flaw: "a bare value", pattern: { source: "shop" }, says: 'not an event pattern: "source" must be an object or an array' },
    { flaw: "an unknown field", pattern: { detail_type: ["x"] }, says: 'events have no field "detail_type"' },
    { flaw: "nothing", pattern: {}, says: "not an event pattern: a pattern must not be empty" },
  ])("may not match by $flaw", ({ pattern, says: message }) => {
    const expected = (path: string) => `InvalidPattern ${path}.pattern: ${message}`;
    expect(errorsOf(define([wait("w", pattern)]))).toEqual([expected("tasks[0].wait_for_event")]);
    expect(errorsOf(define([a], { triggers: [{ pattern }] }))).toEqual([expected("triggers[0]")]);
  });

  it.each([
    { shape: "its own consequence", tasks: [wait("w", own("x")), emit("e", "x", "w")], stuck: ["w from e"] },
    {
      shape: "another wait that waits for it",
      tasks: [wait("v", own("x")), emit("f", "y", "v"), wait("w", own("y")), emit("e", "x", "w")],
      stuck: ["v from e", "w from f"],
    },
    {
      shape: "a consequence three steps on",
      tasks: [wait("w", own("x")), { ...b({}), depends_on: ["w"] }, emit("e", "x", "b")],
      stuck: ["w from e"],
    },
  ])("may not wait for $shape", ({ tasks, stuck }) => {
    const message = (text: string) => {
      const [id, , by] = text.split(" ");
      return `task "${id}" waits for an event that only comes after it (from ${by})`;
    };
    expect(validateDefinition(define(tasks)).report.errors.map((error) => error.message)).toEqual(stuck.map(message));
  });

  it.each([
    { shape: "an event from beside it", tasks: [emit("e", "x"), wait("w", own("x"), "a"), a] },
    { shape: "one of two events", tasks: [wait("w", own("x")), emit("late", "x", "w"), emit("early", "x")] },
    { shape: "an event from elsewhere", tasks: [wait("w", own("z")), emit("e", "x", "w")] },
    { shape: "an event of another source", tasks: [wait("w", { source: ["shop"] }), emit("e", "x", "w")] },
  ])("may wait for $shape", ({ tasks }) => {
    expect(validateDefinition(define(tasks)).report.errors).toEqual([]);
  });

  it("draw a warning when the event might still come from outside", () => {
    const tasks = [wait("w", { "detail-type": ["x"] }), emit("e", "x", "w")];
    expect(warningsOf(define(tasks, { agents: {} }))).toEqual([
      'EventDeadlock tasks[0].wait_for_event: task "w" waits for an event that comes, within this workflow, only after it (from e)',
    ]);
  });

  it.each([
    { odd: "a graph with waits", tasks: [wait("w", { source: ["s"] })], coordination: { type: "graph_based" }, says: "coordination is graph_based, but events steer the run" },
    { odd: "events without waits", tasks: [a], coordination: { type: "event_driven" }, says: "coordination is event_driven, but nothing waits for an event" },
    { odd: "a task among event types", tasks: [a], coordination: { type: "hybrid", event_driven: ["a", "agent_status"] }, says: 'task "a" is listed under event_driven, but waits for no event' },
  ])("draw a warning for $odd", ({ tasks, coordination, says: message }) => {
    expect(warningsOf(define(tasks, { agents: tasks.includes(a) ? { worker: { type: "w" } } : {}, coordination }))).toEqual([
      `CoordinationMismatch coordination: ${message}`,
    ]);
  });

  it("make the coordination hybrid where it is not stated", () => {
    const typeOf = (wire: object) => validateDefinition(wire).definition?.coordination.type;
    expect(typeOf(define([wait("w", { source: ["s"] })]))).toBe("hybrid");
    expect(typeOf(define([a]))).toBe("graph_based");
  });

  it("draw a warning when a workflow starts itself", () => {
    const more = { agents: {}, triggers: [{ pattern: own("x") }] };
    expect(warningsOf(define([emit("e", "x")], more))).toEqual([
      'SelfTrigger triggers[0].pattern: the workflow may start itself: task "e" emits an event that trigger 1 matches',
    ]);
  });
});

describe("limits of a definition", () => {
  it.each([
    { odd: "a pivot without a saga", task: b({ is_pivot: true }), more: {}, says: 'PivotWithoutSaga tasks[1].is_pivot: task "b" is a pivot, but nothing is compensated anyway' },
    { odd: "an undo without a saga", task: b({ compensation_action: "undo" }), more: {}, says: 'CompensationWithoutSaga tasks[1].compensation_action: the compensation of task "b" never runs: the workflow has no saga' },
    { odd: "a hedge that comes too late", task: b({ hedge: { after: 60 }, timeout: 60 }), more: {}, says: 'HedgeBeyondTimeout tasks[1].hedge: task "b" is hedged after 60 s, but times out after 60 s' },
    { odd: "a key that nothing uses", task: b({ routing_key: "input.id" }), more: {}, says: 'KeyWithoutStrategy tasks[1].routing_key: task "b" has a routing_key, which resource_aware_round_robin does not use' },
    { odd: "a budget without a ceiling", task: b({}), more: { budget: {} }, says: "BudgetUnreachable budget: the budget has no ceiling" },
    { odd: "a budget longer than the run", task: b({}), more: { budget: { max_duration_seconds: 3600 } }, says: "BudgetUnreachable budget: the run times out after 3600 s, before max_duration_seconds" },
    { odd: "too few calls", task: b({}), more: { budget: { max_agent_calls: 1 } }, says: "BudgetTooSmall budget: the tasks make at least 2 agent calls, max_agent_calls is 1" },
    { odd: "too little money", task: b({ estimate: { cost: 3 } }), more: { budget: { max_cost: 2 } }, says: "BudgetTooSmall budget: the tasks are estimated to cost 3, max_cost is 2" },
  ])("draw a warning for $odd", ({ task, more, says: expected }) => {
    expect(warningsOf(define([a, task], more))).toEqual([expected]);
  });

  it("count only what is certain to run", () => {
    const budget = { max_agent_calls: 1 };
    expect(warningsOf(define([a, b({ when: "outputs.a.more" })], { budget }))).toEqual([]);
  });
});

describe("laws of definitions", () => {
  const expression = fc.constantFrom("outputs.t0", "item", "input.x", "true", "1 +", "[1]", "event", "outputs.t1.x > 1");
  const pattern = fc.constantFrom({ source: ["a2a.workflow"] }, { "detail-type": ["x"] }, {}, { source: "s" }, { detail: { x: [1] } });
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
  const definitions = fc.array(task, { minLength: 1, maxLength: 5 }).map((tasks) =>
    JSON.parse(JSON.stringify(define(tasks.map((each, index) => ({ id: `t${index}`, ...each }))))),
  );

  it("every definition is reported on or becomes machines, whatever its fields say", () => {
    fc.assert(
      fc.property(definitions, (wire) => {
        const { definition, report } = validateDefinition(wire);
        expect(definition === undefined).toBe(report.errors.length > 0);
        if (definition !== undefined) expect(compilePlan(planWorkflow(definition)).machines.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
