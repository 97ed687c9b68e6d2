import { readFileSync } from "node:fs";
import * as z from "zod";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import type { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";

/** A definition on the wire: task `t3` waits for the tasks in `inputs[3]` and takes `seconds[3]`. */
export function wireOf(inputs: readonly (readonly number[])[], seconds: readonly number[] = []): object {
  return {
    name: "drawn",
    version: "1.0",
    orchestration_pattern: "supervisor",
    agents: { worker: { type: "worker", capabilities: ["work"] } },
    tasks: inputs.map((row, index) => ({
      id: `t${index}`,
      agent: "worker",
      depends_on: row.map((input) => `t${input}`),
      estimate: { duration_seconds: seconds[index] ?? 1 },
    })),
  };
}

/** The canonical model of `wireOf`. */
export function workflowOf(
  inputs: readonly (readonly number[])[],
  seconds: readonly number[] = [],
): WorkflowDefinition {
  const { definition, report } = validateDefinition(wireOf(inputs, seconds));
  if (definition === undefined) throw new Error(report.errors.map(({ message }) => message).join("; "));
  return definition;
}

const Instances = z.object({
  instances: z.array(
    z.object({ name: z.string(), family: z.string(), w: z.array(z.number()), pred: z.array(z.array(z.int())) }),
  ),
});

/** Real workflow executions: a small and a middle-sized graph of each family. Source and licence: the file's `meta`. */
export function recordedGraphs(): z.infer<typeof Instances>["instances"] {
  const file = new URL("../../../fixtures/workflow-graphs.json", import.meta.url);
  return Instances.parse(JSON.parse(readFileSync(file, "utf8"))).instances;
}
