import * as z from "zod";
import { anyCase } from "./any-case.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { ExpressionWire } from "./expression-wire.ts";
import { type RoutingStrategy, Scatter } from "./task-definition.ts";

/** `scatter` of a task: several agents are asked, one output is made of their answers. */
export const ScatterWire = z.strictObject({
  agents: z.union([z.literal("all"), ...Scatter.shape.agents.options]).optional(),
  aggregate: z.union([anyCase(Scatter.shape.aggregation.exclude(["custom"])), z.strictObject({ expression: ExpressionWire })]).optional(),
  quorum: Scatter.shape.quorum,
  on_conflict: Scatter.shape.onConflict,
  min_responses: Scatter.shape.minResponses.optional(),
  deadline: Scatter.shape.deadlineSeconds,
});

/** Reads `scatter`. A task that is routed by `broadcast` asks everybody and keeps all answers. */
export function readScatter(
  wire: z.infer<typeof ScatterWire> | undefined,
  strategy: RoutingStrategy | undefined,
): Scatter | undefined {
  if (wire === undefined && strategy !== "broadcast") return undefined;
  const { agents = "all", aggregate = "all", min_responses: least = 1, ...rest } = wire ?? {};
  return {
    agents: agents === "all" ? WORKFLOW_LIMITS.scatterAgents : agents,
    ...(typeof aggregate === "string" ? { aggregation: aggregate } : { aggregation: "custom", expression: aggregate.expression }),
    ...(rest.quorum === undefined ? {} : { quorum: rest.quorum }),
    ...(rest.on_conflict === undefined ? {} : { onConflict: rest.on_conflict }),
    minResponses: least,
    ...(rest.deadline === undefined ? {} : { deadlineSeconds: rest.deadline }),
  };
}
