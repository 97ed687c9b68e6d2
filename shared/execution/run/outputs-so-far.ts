import type { Plan } from "../../workflow/plan/plan.ts";
import type { Execution } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import { loadPayload, type PayloadStore, presignPayload } from "../store/payload-store.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { earlyOutputs } from "./early-outputs.ts";
import { runGraphOf } from "./run-graph.ts";

/** Something that a workflow made: its value, or where it lies. */
export type Made = { readonly name: string } & ({ readonly value: unknown } | { readonly url: string });

/** The tasks whose rows tell what a workflow has made so far: those that nothing follows, where it names no outputs. */
export const lastTasks = (plan: Plan): readonly string[] => (plan.outputs === undefined ? runGraphOf(plan).sinks : []);

/**
 * What an execution has made so far: each output that its definition names, else what each task gave that nothing follows,
 * as soon as the last task that it reads has settled.
 */
export async function outputsSoFar(
  payloads: PayloadStore,
  execution: Execution,
  { plan, rows }: { plan: Plan; rows: ReadonlyMap<string, TaskRecord> },
): Promise<readonly Made[]> {
  const show = shower(payloads);
  if (plan.outputs === undefined) {
    const made = lastTasks(plan).flatMap((task) => {
      const output = rows.get(task)?.output;
      return output === undefined ? [] : [show(task, output)];
    });
    return Promise.all(made);
  }
  if (execution.output === undefined) {
    const early = await earlyOutputs(payloads, execution, { plan, rows });
    return early.map(([name, value]) => ({ name, value }));
  }
  if (payloadBytes(execution.output) > EXECUTION_LIMITS.messagePayloadBytes) return [await show("output", execution.output)];
  return byField(await loadPayload(payloads, execution.output));
}

const byField = (output: unknown): readonly Made[] =>
  typeof output === "object" && output !== null
    ? Object.entries(output).map(([name, value]) => ({ name, value }))
    : [{ name: "output", value: output }];

/** Shows payloads by value as long as they fit into a reply together, and by a link after that. */
function shower(payloads: PayloadStore): (name: string, ref: PayloadRef) => Promise<Made> {
  let budget: number = EXECUTION_LIMITS.messagePayloadBytes;
  return async (name, ref) => {
    const bytes = payloadBytes(ref);
    if ("key" in ref && bytes > budget) {
      return { name, url: await presignPayload(payloads, ref.key, EXECUTION_LIMITS.downloadLinkSeconds) };
    }
    budget -= bytes;
    return { name, value: await loadPayload(payloads, ref) };
  };
}
