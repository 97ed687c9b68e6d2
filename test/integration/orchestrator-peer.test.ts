import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { runCli } from "../../infra/cli/run-cli.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { keepSecret } from "./support/orchestrator-peers.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { sweepAgents } from "./support/sweep-agents.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

/** Two clouds come up, on a machine that may do other things. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const outer = new StartedCloud();
const inner = new StartedCloud();
let agent: LoopbackAgent;
let agentId: string;

/** A workflow of the outer deployment: its one agent is any that can do what the inner one deployed. */
const ORDER = `
workflow:
  name: order
  version: "1.0"
  agents:
    peer: { type: orchestrator, capabilities: [figures] }
  tasks:
    - { id: add, agent: peer, skill: figures, input: { a: 1, b: 2 } }
`;

/** The command line, told of the outer deployment. */
async function a2a(...args: string[]): Promise<{ code: number; text: string }> {
  const { url: A2A_URL, token: A2A_TOKEN } = outer.connection();
  const printed: string[] = [];
  const output = { write: (text: string | Uint8Array) => printed.push(String(text)) > 0 };
  const { signal } = new AbortController();
  const env = { A2A_URL, A2A_TOKEN };
  const world = { stdout: output, stderr: output, readStdin: () => "", env, cwd: outer.stateDir, signal };
  return { code: await runCli(args, world), text: printed.join("") };
}

const Agent = z.object({ agent_id: z.string(), capabilities: z.array(z.string()) });
const Executions = z.object({ executions: z.array(z.object({ execution_id: z.string() })) });

beforeAll(async () => {
  for (const cloud of [inner, outer]) {
    cloud.start("--no-job", "--latency-ms", "0");
    await cloud.ready();
  }
  agent = await LoopbackAgent.start(path.join(inner.stateDir, "loopback"));
  const registration = { endpoint: agent.url, capabilities: ["echo"] };
  expect((await inner.call("POST", "/api/v1/agents", registration)).status).toBe(201);
  const workflows = new WorkflowClient(inner);
  await workflows.deploy("figures", [{ id: "sum", input_from: { a: "input.a", b: "input.b" } }]);
  await workflows.deploy("words", [{ id: "say", input_from: { said: "input.text" } }]);
  const { url, token } = inner.connection();
  const { status, body } = await outer.call("POST", "/api/v1/agents", {
    endpoint: `${url}/.well-known/agent-card.json`,
    credential_secret_arn: await keepSecret(outer, { scheme: "bearer", token }),
  });
  expect(status, JSON.stringify(body)).toBe(201);
  agentId = Agent.parse(body).agent_id;
});

afterAll(async () => {
  agent?.stop();
  await Promise.all([outer.dispose(), inner.dispose()]);
});

describe("a deployment of ourselves that another one knows by the URL of its card", () => {
  it("can do what it has deployed, as its extended card says: a skill per workflow", async () => {
    await sweepAgents(outer);
    const { capabilities } = Agent.parse((await outer.call("GET", `/api/v1/agents/${agentId}`)).body);
    expect(capabilities).toEqual(expect.arrayContaining(["figures", "words"]));
  });

  it("does its part of a workflow that `a2a run` runs", async () => {
    const file = path.join(outer.stateDir, "order.workflow.yaml");
    writeFileSync(file, ORDER);
    const { code, text } = await a2a("run", file, "--watch");
    expect(code, text).toBe(0);
    const id = /exec_[0-9a-z]+/.exec(text)?.[0] ?? "";
    const { attempt, output } = await new WorkflowClient(outer).task(id, "add");
    expect(attempt).toBe(1);
    expect(JSON.stringify(output)).toContain('"echo":{"a":1,"b":2}');
    const { body } = await inner.call("GET", "/api/v1/executions?workflow_id=figures");
    expect(Executions.parse(body).executions).toHaveLength(1);
    expect(agent.effects()).toHaveLength(1);
  });
});
