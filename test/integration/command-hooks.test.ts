import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { canIsolate } from "../../infra/local/lambda/sandboxes.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const Registered = z.object({ hook_id: z.string() });
const canRun = canIsolate() && existsSync("/usr/bin/jq");

describe.skipIf(!canRun)("commands of hooks", () => {
  const cloud = new StartedCloud({ isGroup: true });
  const client = new WorkflowClient(cloud);
  let agent: LoopbackAgent;

  const register = (command: string, more: object = {}) => cloud.call("POST", "/api/v1/hooks", { name: command, trigger: "post_edit", action: { type: "command", command }, ...more });

  beforeAll(async () => {
    cloud.start("--no-job", "--latency-ms", "0", "--hook-commands", "jq,git");
    await cloud.ready();
    agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
    expect((await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["undo"] })).status).toBe(201);
    await client.deploy("edit", [{ id: "write", skill: "echo", operation: "edit" }]);
  });

  afterAll(async () => {
    agent.stop();
    await cloud.dispose();
  });

  it("run where nothing else is, over the event's files, and their words are kept", async () => {
    const reply = await register("jq -S '{env: $ENV, them: .}' {file}", { enabled: false });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    const { hook_id: id } = Registered.parse(reply.body);
    const context = { output: { files: [{ path: "a.json", content: '{"b":1,"a":2}' }] } };
    const { body } = await cloud.call("POST", `/api/v1/hooks/${id}/execute`, { context });
    const { output } = z.object({ output: z.object({ exit_code: z.int(), stdout: z.string() }) }).parse(body);
    const { env, them } = z.object({ env: z.record(z.string(), z.string()), them: z.unknown() }).parse(JSON.parse(output.stdout));
    expect([output.exit_code, them, Object.keys(env).toSorted()]).toEqual([0, { a: 2, b: 1 }, ["GIT_CEILING_DIRECTORIES", "GIT_CONFIG_NOSYSTEM", "HOME", "LANG", "PATH"]]);
  });

  it.each([
    ["jq '.' a.json; id", "';'"],
    ["jq --slurpfile a b", "may not be called with"],
    ["git push", "may not be called; only"],
    ["ruff check", "'ruff' is not here; allowed are jq, git"],
    ["cat /etc/passwd", "no program that commands may call"],
  ])("are refused at registration that are dangerous or not here: %s", async (command, says) => {
    const { status, body } = await register(command);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(says)]);
  });

  it("fail the task where they are critical and end badly", async () => {
    expect((await register("git rev-parse HEAD", { severity: "critical" })).status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 5500));
    const end = await client.finished(await client.submit("edit"));
    expect(end).toMatchObject({ status: "failed", error_details: { code: "HookAborted", message: expect.stringContaining("not a git repository") } });
  });
});
