import type { Runtime } from "../runtime/runtime.ts";
import type { Assigned } from "../../agents/pool/agent-pool.ts";
import type { TaskRecord } from "../execution.ts";
import type { Scatter } from "../../workflow/definition/workflow-definition.ts";
import type { Step } from "./begin-task.ts";
import type { Candidate } from "./candidate.ts";
import { expandInto } from "./expand-items.ts";
import { assign, waitForAgent } from "./start-agent.ts";

/** Asks several agents: an instance of the task for each, named by its place in the list of agents. */
export async function scatterTask(
  runtime: Runtime,
  candidate: Candidate,
  { record, scatter }: { record: TaskRecord | undefined; scatter: Scatter },
): Promise<Step> {
  const { agents, minResponses } = scatter;
  if (Array.isArray(agents)) return expandInto(runtime, candidate, { record, list: agents });
  const { found, none } = await ableAgents(runtime, candidate, agents);
  if (found.length < minResponses) return waitForAgent(runtime, candidate, { record, assigned: none });
  return expandInto(runtime, candidate, { record, list: found });
}

type Unassigned = Exclude<Assigned, { agent: unknown }>;

/** Up to `most` able agents, the best first: each is the routing's choice while those before it are left out. */
async function ableAgents(runtime: Runtime, candidate: Candidate, most: number): Promise<{ found: string[]; none: Unassigned }> {
  const found: string[] = [];
  let none: Unassigned = { reason: "no_capable_agent", retrySeconds: 1 };
  while (found.length < most) {
    const assigned = await assign(runtime, candidate, undefined, found);
    if (!("agent" in assigned)) none = assigned;
    if (!("agent" in assigned) || found.includes(assigned.agent.agent_id)) break;
    found.push(assigned.agent.agent_id);
  }
  return { found, none };
}
