import type { WireArtifact } from "../wire/replies.ts";
import type { WirePart } from "../wire/wire.ts";
import { EXECUTION_LIMITS } from "../../execution/limits.ts";
import { payloadBytes, type PayloadRef } from "../../execution/payload.ts";
import type { Execution } from "../../execution/execution.ts";
import { earlyOutputs } from "../../execution/run/early-outputs.ts";
import { loadPayload, type PayloadStore, presignPayload } from "../../execution/store/payload-store.ts";
import type { TaskRecord } from "../../execution/task/task-record.ts";
import type { Plan } from "../../workflow/plan/plan.ts";
import { runGraphOf } from "../../execution/run/run-graph.ts";
import { partsOf } from "../output-parts.ts";

type Rows = ReadonlyMap<string, TaskRecord>;

/** The tasks whose rows tell what a workflow has made so far: those that nothing follows, where it names no outputs. */
export const lastTasks = (plan: Plan): readonly string[] => (plan.outputs === undefined ? runGraphOf(plan).sinks : []);

/**
 * What an execution has made so far: an artifact per output that its definition names, else one per task that nothing
 * follows, each as soon as the last task that it reads has settled.
 */
export async function artifactsOf(
  payloads: PayloadStore,
  execution: Execution,
  { plan, rows }: { plan: Plan; rows: Rows },
): Promise<readonly WireArtifact[]> {
  const show = shower(payloads);
  if (plan.outputs === undefined) {
    const made = lastTasks(plan).flatMap((task) => {
      const output = rows.get(task)?.output;
      return output === undefined ? [] : [show(task, output)];
    });
    return Promise.all(made);
  }
  if (execution.output === undefined) {
    const made = await earlyOutputs(payloads, execution, { plan, rows });
    return made.map(([field, value]) => artifact(field, partsOf(value)));
  }
  if (payloadBytes(execution.output) > EXECUTION_LIMITS.messagePayloadBytes) return [await show("output", execution.output)];
  return byField(await loadPayload(payloads, execution.output));
}

const artifact = (artifactId: string, parts: readonly WirePart[]): WireArtifact => ({
  artifactId,
  name: artifactId,
  parts,
});

const byField = (output: unknown): readonly WireArtifact[] =>
  typeof output === "object" && output !== null
    ? Object.entries(output).map(([field, value]) => artifact(field, partsOf(value)))
    : [artifact("output", partsOf(output))];

/** Shows payloads by value as long as they fit into a reply together, and by a link after that. */
function shower(payloads: PayloadStore): (name: string, ref: PayloadRef) => Promise<WireArtifact> {
  let budget: number = EXECUTION_LIMITS.messagePayloadBytes;
  return async (name, ref) => {
    const bytes = payloadBytes(ref);
    if ("key" in ref && bytes > budget) {
      const url = await presignPayload(payloads, ref.key, EXECUTION_LIMITS.downloadLinkSeconds);
      return artifact(name, [{ url, filename: `${name}.json`, mediaType: "application/json" }]);
    }
    budget -= bytes;
    return artifact(name, partsOf(await loadPayload(payloads, ref)));
  };
}
