import { watchTask } from "../../../functions/watch-task/watch-task.ts";
import type { Agent } from "../../../shared/agents/agent.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun } from "./memory-run.ts";

/**
 * A task `a` whose hedge is due 20 seconds after it was sent, at `agent-one`. Neither agent comes to an end by itself;
 * tasks that follow it are done at once.
 */
export async function atFirstAgent(
  followers: readonly string[] = [],
  more: Partial<Agent> = {},
): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { hedge: { after: 20 } }), ...followers.map((id) => task(id, ["a"]))]));
  runtime.registry = [agentOf("agent-one", more), agentOf("agent-two", more)];
  runtime.onSend = ({ data }, { agent_id: id }) =>
    followers.includes(String(data["task"]))
      ? { kind: "completed", output: 1 }
      : { kind: "working", agentTaskId: `remote-${id}` };
  runtime.onGet = (id) => ({ kind: "working", agentTaskId: id });
  await startGraphRun(runtime);
  await drain(runtime);
  return runtime;
}

/** Its hedge is due now: it goes to `agent-two` as well. */
export async function giveToSecond(runtime: MemoryRuntime): Promise<void> {
  runtime.time = START + 21_000;
  await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 3 });
  await drain(runtime);
}
