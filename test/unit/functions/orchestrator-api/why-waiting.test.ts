import { describe, expect, it } from "vitest";
import { saveAgent } from "../../../../shared/agents/store/agent-store.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { agentOf, EXECUTION, START } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = `/api/v1/executions/${EXECUTION}`;
const until = new Date(START + 5000).toISOString();

/** An execution whose task waits for an agent, with these registered. */
async function waiting(reason: "no_capable_agent" | "breaker_open" | "no_capacity" | "limit" | "retry", agents: readonly ReturnType<typeof agentOf>[]): Promise<MemoryApi> {
  const api = new MemoryApi();
  const execution = await api.runtime.submit({ status: "running" });
  await saveRow(api.runtime.executions, execution, { row: taskRow({ task: "a", state: "queued", wait: { reason, until } }) });
  for (const agent of agents) await saveAgent(api.deps.agents, agent);
  return api;
}

const shown = async (api: MemoryApi) => ({
  task: (await api.call("GET", `${at}/tasks/a`)).json["waiting"],
  stage: (await api.call("GET", `${at}/status`)).json["stage_details"],
});

describe("a task that waits for an agent", () => {
  it("says that nobody is there for it", async () => {
    const because = expect.stringMatching(/^no agent is registered that could do '/);
    expect(await shown(await waiting("no_capable_agent", []))).toMatchObject({ task: { reason: "no_capable_agent", until, because }, stage: [{ waiting: { because } }] });
  });

  it("says who offers it, and what keeps each from it", async () => {
    const quarantine = { at: until, by: "ann", reason: "looked into" };
    const api = await waiting("no_capacity", [agentOf("agent-x", { quarantine }), agentOf("agent-y", { max_concurrent_tasks: 0 })]);
    const because = expect.stringMatching(/agent-y has all of its 0 slots taken; agent-x is in quarantine/);
    expect(await shown(api)).toMatchObject({ task: { because }, stage: [{ waiting: { because } }] });
  });

  it("says nothing while some agent could have it, or where it waits for no agent", async () => {
    for (const api of [await waiting("no_capacity", [agentOf("agent-x")]), await waiting("retry", [])]) {
      expect(JSON.stringify(await shown(api))).not.toContain("because");
    }
  });
});
