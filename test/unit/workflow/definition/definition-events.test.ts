import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { a, b, define, errorsOf, warningsOf } from "./definition-samples.ts";

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
    {
      flaw: "a bare value",
      pattern: { source: "shop" },
      says: 'not an event pattern: "source" must be an object or an array',
    },
    { flaw: "an unknown field", pattern: { detail_type: ["x"] }, says: 'events have no field "detail_type"' },
    { flaw: "nothing", pattern: {}, says: "not an event pattern: a pattern must not be empty" },
  ])("may not match by $flaw", ({ pattern, says: message }) => {
    const expected = (path: string) => `InvalidPattern ${path}.pattern: ${message}`;
    expect(errorsOf(define([wait("w", pattern)]))).toEqual([expected("tasks[0].wait_for_event")]);
    expect(errorsOf(define([a], { triggers: [{ pattern }] }))).toEqual([expected("triggers[0]")]);
  });

  it.each([
    { trigger: {}, says: "triggers[0]: write either `pattern`, for events, or `schedule`, for times" },
    { trigger: { pattern: { source: ["shop"] }, schedule: "rate(1 hour)" }, says: "triggers[0]: write either `pattern`, for events, or `schedule`, for times" },
    { trigger: { pattern: { source: ["shop"] }, jitter: 5 }, says: "triggers[0].jitter: remove it: only a trigger with `schedule` has it" },
    { trigger: { schedule: "cron(0 25 ? * MON *)" }, says: "triggers[0].schedule: the field hours is '25': use 0 to 23, lists (a,b), ranges (a-b), steps (a/b) or *" },
    { trigger: { schedule: "rate(1 hour)", timezone: "Mars/Olympus" }, says: "triggers[0].timezone: the time zone 'Mars/Olympus' does not exist: use a name such as Europe/Berlin" },
    { trigger: { schedule: "rate(1 hour)", jitter: 3601 }, says: "triggers[0].jitter: use at most 3600" },
    { trigger: { schedule: "rate(1 hour)", overlap: "wait" }, says: "triggers[0].overlap: use one of skip, queue, replace, allow" },
  ])("are not triggered by $trigger", ({ trigger, says }) => {
    const { report } = validateDefinition(define([a], { triggers: [trigger] }));
    expect(report.errors.map(({ path, remedy }) => `${path}: ${remedy}`)).toEqual([says]);
  });

  it("may come beside times, for which nothing is an event", () => {
    const { definition, report } = validateDefinition(define([a], { triggers: [{ schedule: " rate(1 hour) ", version: "1.0", input_from: { at: "event.time" } }] }));
    expect(report.errors).toEqual([]);
    expect(definition?.coordination.type).toBe("graph_based");
    const filled = { schedule: "rate(1 hour)", timezone: "UTC", overlap: "skip", catchUp: "last", jitterSeconds: 0, version: "1.0", inputFrom: { at: "event.time" } };
    expect(definition?.triggers).toEqual([filled]);
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
    {
      odd: "a graph with waits",
      roles: {},
      tasks: [wait("w", { source: ["s"] })],
      coordination: { type: "graph_based" },
      says: "coordination is graph_based, but events steer the run",
    },
    {
      odd: "events without waits",
      roles: { worker: { type: "w" } },
      tasks: [a],
      coordination: { type: "event_driven" },
      says: "coordination is event_driven, but nothing waits for an event",
    },
    {
      odd: "a task among event types",
      roles: { worker: { type: "w" } },
      tasks: [a],
      coordination: { type: "hybrid", event_driven: ["a", "agent_status"] },
      says: 'task "a" is listed under event_driven, but waits for no event',
    },
  ])("draw a warning for $odd", ({ tasks, roles, coordination, says: message }) => {
    expect(warningsOf(define(tasks, { agents: roles, coordination }))).toEqual([
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

  it.each<[string, object, number]>([
    ["names its event's type and no source", { "detail-type": ["x"] }, 1],
    ["names neither source nor type, which is as good as every event of the account", { detail: { amount: [7] } }, 0],
  ])("of a trigger that %s", (_, pattern, warnings) => {
    expect(warningsOf(define([emit("e", "x")], { agents: {}, triggers: [{ pattern }] }))).toHaveLength(warnings);
  });
});
