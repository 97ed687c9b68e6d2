import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { a, b, define, errorsOf } from "./definition-samples.ts";

describe("expressions of a definition", () => {
  it.each([
    {
      flaw: "syntax",
      task: b({ when: "outputs.a.n >" }),
      says: 'InvalidExpression tasks[1].when: when of task "b" is no valid expression: something is missing at the end (character 14)',
    },
    {
      flaw: "a condition that is none",
      task: b({ when: "size(outputs.a)" }),
      says: 'InvalidExpression tasks[1].when: when of task "b" gives a number',
    },
    {
      flaw: "a fan-out over a condition",
      task: b({ for_each: "outputs.a.n > 1" }),
      says: 'InvalidExpression tasks[1].for_each: for_each of task "b" gives a boolean',
    },
    {
      flaw: "an unknown task",
      task: b({ when: "outputs.c.ok" }),
      says: 'UnknownReference tasks[1].when: when of task "b" reads outputs.c, which is not there',
    },
    {
      flaw: "an unknown field of a state",
      task: b({ when: "tasks.a.status == 'failed'" }),
      says: 'UnknownReference tasks[1].when: when of task "b" reads tasks.a.status, but a task has a state only',
    },
    {
      flaw: "an element outside for_each",
      task: b({ input_from: { x: "item.y" } }),
      says: 'InvalidExpression tasks[1].input_from.x: input "x" of task "b" is no valid expression: unknown variable "item"; there is input, outputs, tasks, session (character 1)',
    },
    {
      flaw: "the element in the list itself",
      task: b({ for_each: { items: "item" } }),
      says: 'InvalidExpression tasks[1].for_each.items: for_each of task "b" is no valid expression: unknown variable "item"; there is input, outputs, tasks, session (character 1)',
    },
    {
      flaw: "an event nobody waits for",
      task: b({ routing_key: "event.id", strategy: "affinity" }),
      says: 'InvalidExpression tasks[1].routing_key: routing_key of task "b" is no valid expression: unknown variable "event"; there is input, outputs, tasks, session (character 1)',
    },
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

  it("read the event that a task waited for; with for_each, only the list does", () => {
    const waiting = { wait_for_event: { pattern: { source: ["shop"] } } };
    const reads = { input_from: { x: "event.x" } };
    expect(errorsOf(define([a, b({ ...waiting, ...reads })]))).toEqual([]);
    expect(errorsOf(define([a, b({ ...waiting, for_each: "event.lines" })]))).toEqual([]);
    expect(errorsOf(define([a, b({ ...waiting, ...reads, for_each: "event.lines" })]))).toEqual([
      'InvalidExpression tasks[1].input_from.x: input "x" of task "b" is no valid expression: ' +
        'unknown variable "event"; there is input, outputs, tasks, session, item, index (character 1)',
    ]);
  });

  it("may read outputs of copies by their ids", () => {
    const tasks = [
      { id: "copies", agent: "worker", parallel: true, count: 2 },
      { id: "b", agent: "other", depends_on: ["copies"], input_from: { x: 'outputs["copies-2"].n' } },
    ];
    expect(errorsOf(define(tasks))).toEqual([]);
  });

  it.each([
    {
      flaw: "a workflow's output of no task",
      more: { outputs: { x: "outputs.ghost.n" } },
      says: 'UnknownReference outputs.x: output "x" reads outputs.ghost, which is not there',
    },
    {
      flaw: "a trigger that speaks of outputs",
      more: { triggers: [{ pattern: { source: ["shop"] }, input_from: { x: "outputs.a" } }] },
      says: 'InvalidExpression triggers[0].input_from.x: field "x" of trigger 1 is no valid expression: unknown variable "outputs"; there is event (character 1)',
    },
    {
      flaw: "a trigger that misspells the event",
      more: { triggers: [{ pattern: { source: ["shop"] }, input_from: { x: "event.details.x" } }] },
      says: 'UnknownReference triggers[0].input_from.x: field "x" of trigger 1 reads event.details, which is not there',
    },
  ])("of the workflow are refused for $flaw", ({ more, says: expected }) => {
    expect(errorsOf(define([a], more))).toEqual([expected]);
  });

  it("keep a dependency that they read from being called redundant", () => {
    const chain = [a, b({}), { id: "c", agent: "worker", depends_on: ["a", "b"], input_from: { x: "outputs.a.n" } }];
    expect(validateDefinition(define(chain)).report.optimizations).toEqual([]);
  });
});
