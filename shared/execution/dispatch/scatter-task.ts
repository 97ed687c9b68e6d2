import type { Scatter } from "../../workflow/definition/workflow-definition.ts";
import type { Assigned } from "../../agents/pool/agent-pool.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { DispatchContext, DispatchOutcome } from "./dispatch-context.ts";
import { expandInto } from "./expand-items.ts";
import { assign, waitForAgent } from "./start-agent.ts";

/** Asks several agents: an instance of the task for each, named by its place in the list of agents. */
export async function scatterTask(
  runtime: Runtime,
  context: DispatchContext,
  { agents, minResponses }: Scatter,
): Promise<DispatchOutcome> {
  if (Array.isArray(agents)) return expandInto(runtime, context, agents);
  const { found, none } = await ableAgents(runtime, context, agents);
  return found.length < minResponses ? waitForAgent(runtime, context, none) : expandInto(runtime, context, found);
}

type Unassigned = Exclude<Assigned, { agent: unknown }>;

/** Up to `most` able agents, the best first: each is the routing's choice while those before it are left out. */
async function ableAgents(
  runtime: Runtime,
  context: DispatchContext,
  most: number,
): Promise<{ found: string[]; none: Unassigned }> {
  const found: string[] = [];
  let none: Unassigned = { reason: "no_capable_agent", retrySeconds: 1 };
  while (found.length < most) {
    const assigned = await assign(runtime, context, found);
    if (!("agent" in assigned)) none = assigned;
    if (!("agent" in assigned) || found.includes(assigned.agent.agent_id)) break;
    found.push(assigned.agent.agent_id);
  }
  return { found, none };
}
