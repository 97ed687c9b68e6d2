import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { expect } from "vitest";
import * as z from "zod";
import { openAws } from "../../contract/aws/clients.ts";
import { WorkflowClient } from "../../integration/support/workflow-client.ts";
import { agentFeature, world } from "../feature.ts";

const client = new WorkflowClient(world);
const Agents = z.object({
  agents: z.array(z.object({ tasks_learned: z.int(), probe: z.object({ at: z.iso.datetime() }).optional() })),
});

/** What happens between our functions: rules, queues, nested runs, schedules. */
export function describeServices(): void {
  agentFeature("another workflow as a task", async () => {
    await client.deploy("deployed-inner", [{ id: "work" }], { outputs: { doubled: "outputs.work.echo.n * 2" } });
    await client.deploy("deployed-outer", [
      { id: "sub", workflow: "deployed-inner", input_from: { n: "input.start + 1" } },
    ]);
    const id = await client.submit("deployed-outer", { start: 20 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "sub")).toMatchObject({ output: { doubled: 42 } });
    return undefined;
  });
  agentFeature("a task waits for an event that another workflow puts on the bus", async () => {
    await client.deploy("deployed-teller", [
      { id: "tell", emit_event: { detail_type: "order.priced", detail: { price: 7 } } },
    ]);
    const pattern = { source: ["a2a.workflow"], "detail-type": ["order.priced"] };
    await client.deploy("deployed-waiter", [{ id: "wait", wait_for_event: { pattern } }]);
    const id = await client.submit("deployed-waiter");
    await client.reaches(id, "wait", "parked");
    await client.finished(await client.submit("deployed-teller"));
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "wait")).toMatchObject({ output: { price: 7 } });
    return undefined;
  });
  agentFeature("a saga undoes what was done", async () => {
    const tasks = [
      { id: "one", compensation_action: "undo" },
      { id: "two", depends_on: ["one"], input: { behaviour: "reject" } },
    ];
    const saga = { fault_tolerance: { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } } };
    await client.deploy("deployed-saga", tasks, saga);
    const id = await client.submit("deployed-saga");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { task: "two" } });
    const events = await client.events(id);
    expect(
      events.filter(({ event_type: type, task_id: task }) => type === "task.completed" && task === "one~undo"),
    ).toHaveLength(1);
    return undefined;
  });
  agentFeature("the end of an execution is heard from Step Functions", async ({ target }) => {
    await client.deploy("deployed-outside", [{ id: "a", input: { behaviour: "never-ends" } }]);
    const id = await client.submit("deployed-outside");
    await client.reaches(id, "a", "running");
    using aws = openAws(target.place);
    await stopMachine(aws.sfn, "deployed-outside");
    expect(await client.finished(id)).toMatchObject({ status: expect.stringMatching(/^(failed|cancelled)$/) });
    return undefined;
  });
  agentFeature("agents are learned from: bus, rule, queue, function", async (system) => {
    const learned = await system.until(async () => {
      const tasks = (await agentsOf()).reduce((sum, { tasks_learned: count }) => sum + count, 0);
      return tasks >= 10 ? tasks : undefined;
    }, "agents to be learned from");
    return `${learned} tasks`;
  });
  agentFeature("the scheduler has agents looked at each minute", async (system) => {
    await system.until(
      async () => ((await agentsOf()).some(({ probe }) => probe !== undefined) ? true : undefined),
      "a sweep",
    );
    return undefined;
  });
}

const agentsOf = async () => Agents.parse((await world.call("GET", "/api/v1/agents")).body).agents;

/** As a person would in the console. */
async function stopMachine(sfn: SFNClient, workflow: string): Promise<void> {
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({ maxResults: 1000 }));
  const stateMachineArn = stateMachines.find(({ name = "" }) => name.includes(workflow))?.stateMachineArn;
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING" }));
  expect(executions).toHaveLength(1);
  await sfn.send(new StopExecutionCommand({ executionArn: executions[0]?.executionArn }));
}
