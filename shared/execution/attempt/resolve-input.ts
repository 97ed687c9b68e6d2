import type { TaskRecord } from "../task/task-record.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { evaluateInputs } from "./expression-scope.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What the task itself adds to its input: static fields, expressions over them, a rerun's edits over all. */
export async function ownInput(
  runtime: Runtime,
  attempt: Attempt,
  inputs: ReadonlyMap<string, TaskRecord>,
): Promise<Record<string, unknown>> {
  const { task, record } = attempt;
  const computed = await evaluateInputs(runtime, attempt, inputs);
  const edited = record.input === undefined ? {} : await runtime.load(record.input);
  return { ...task.input, ...computed, ...(isRecord(edited) ? edited : {}) };
}

/** Fields of `own` over those of `input`; an input that is no object gives way altogether. */
export function overlay(input: unknown, own: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(own).length === 0) return input;
  return isRecord(input) ? { ...input, ...own } : own;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
