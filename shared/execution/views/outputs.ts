import * as z from "zod";
import { outputShape } from "./payloads.ts";

/**
 * What a completed execution came to. `declared` tells the outputs that its definition names from those of the tasks
 * that nothing follows, which stand in where it names none. What is too large for a reply comes as a link.
 */
export const ExecutionOutput = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    declared: z.boolean(),
    ...outputShape,
  })
  .meta({ id: "ExecutionOutput" });
export type ExecutionOutput = z.infer<typeof ExecutionOutput>;
