import { afterAll, describe, expect, it } from "vitest";
import { controlledReply } from "../../fixtures/api/sample-replies.ts";
import { inTurn, json, problem, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
const { small, run } = shell;
afterAll(() => shell[Symbol.dispose]());

const EXECUTION = "exec_00000001";
const CONTROL = `POST /dev/api/v1/executions/${EXECUTION}/control`;
const envOf = ({ connection }: { connection: { url: string; token: string } }) => ({
  A2A_URL: connection.url,
  A2A_TOKEN: connection.token,
});
const steered = (more: object = {}) => json(200, { ...controlledReply(), ...more });

describe("a2a, steering", () => {
  it.each([
    { args: ["pause", EXECUTION, "--reason", "lunch"], body: { action: "pause", reason: "lunch", parameters: {} } },
    { args: ["resume", EXECUTION], body: { action: "resume", parameters: {} } },
    {
      args: ["resume", EXECUTION, "--from", "after:fetch"],
      body: { action: "resume", parameters: { checkpoint_id: "after:fetch" } },
    },
    { args: ["cancel", EXECUTION], body: { action: "cancel", parameters: {} } },
    { args: ["cancel", EXECUTION, "--no-compensate"], body: { action: "cancel", parameters: { compensate: false } } },
    { args: ["boost", EXECUTION], body: { action: "priority_boost", parameters: {} } },
    {
      args: ["boost", EXECUTION, "--to", "critical"],
      body: { action: "priority_boost", parameters: { priority: "critical" } },
    },
    { args: ["redrive", EXECUTION], body: { action: "redrive", parameters: {} } },
    {
      args: ["budget", EXECUTION, "--cost", "5", "--calls", "20"],
      body: { action: "raise_budget", parameters: { max_cost: 5, max_agent_calls: 20 } },
    },
  ])("sends $args", async ({ args, body }) => {
    await using api = await startFakeApi({ [CONTROL]: steered() });
    expect(await run(args, { env: envOf(api) })).toEqual({
      code: 0,
      out: `${EXECUTION} paused, run 1, medium priority\n`,
      err: "possible now: resume, cancel\n",
    });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual(body);
  });

  it.each([
    { args: ["budget", EXECUTION], says: "say which ceiling" },
    { args: ["budget", EXECUTION, "--cost", "none"], says: "--cost takes a number above 0, not 'none'" },
    { args: ["resume", "billing", "--workflow", "--from", "x"], says: "--from is for one execution" },
    { args: ["hold", "--global", "--workflow", "billing"], says: "exclude each other" },
  ])("refuses $args before it asks anybody", async ({ args, says }) => {
    await using api = await startFakeApi({});
    const { code, err } = await run(args, { env: envOf(api) });
    expect({ code, asked: api.seen.length }).toEqual({ code: 2, asked: 0 });
    expect(err).toContain(says);
  });

  it("says what the API says of a move that is not allowed", async () => {
    const detail = "cannot pause: the execution is failed; possible now: redrive, rerun";
    await using api = await startFakeApi({
      [CONTROL]: problem(409, { title: "not possible in the current state", detail }),
    });
    expect(await run(["pause", EXECUTION], { env: envOf(api) })).toEqual({
      code: 1,
      out: "",
      err: `a2a: ${detail} (409)\n`,
    });
  });

  it("modifies by a file, and lists what it changes", async () => {
    const changes = { unchanged: 1, changed: ["report"], added: ["mail"], removed: [] };
    await using api = await startFakeApi({
      [`PATCH /dev/api/v1/executions/${EXECUTION}/definition`]: steered({ changes, kept_started: ["report"] }),
    });
    const { out, err } = await run(["modify", EXECUTION, small, "--reason", "more"], { env: envOf(api) });
    expect(out).toBe(`${EXECUTION} paused, run 1, medium priority\nchanged: report\nadded: mail\nunchanged: 1 tasks\n`);
    expect(err).toContain("began in the same moment, and go on as they were defined before: report");
    expect(api.seen[0]).toMatchObject({
      line: `PATCH /dev/api/v1/executions/${EXECUTION}/definition?reason=more`,
      headers: { "content-type": "application/yaml" },
    });
  });

  it("pauses a workflow as a whole", async () => {
    const executions = [{ execution_id: EXECUTION, outcome: "changed", status: "paused" }];
    await using api = await startFakeApi({
      "POST /dev/api/v1/workflows/billing/pause": json(200, {
        workflow_id: "billing",
        status: "paused",
        executions,
        is_complete: true,
      }),
    });
    expect(await run(["pause", "billing", "--workflow"], { env: envOf(api) })).toMatchObject({
      code: 0,
      out: `billing paused\n${EXECUTION} paused\n`,
    });
  });
});

describe("a2a, steering tasks", () => {
  const TASKS = `POST /dev/api/v1/executions/${EXECUTION}/tasks`;
  it.each([
    {
      args: ["rerun", EXECUTION, "fetch", "--input", '{"a":1}', "--no-downstream"],
      act: "rerun",
      body: { input: { a: 1 }, downstream: false },
    },
    {
      args: ["skip", EXECUTION, "fetch", "--output", "7", "--reason", "known"],
      act: "skip",
      body: { output: 7, reason: "known" },
    },
    { args: ["retry", EXECUTION, "fetch"], act: "retry", body: {} },
  ])("sends $act", async ({ args, act, body }) => {
    await using api = await startFakeApi({
      [`${TASKS}/fetch/${act}`]: steered({ action: act, status: "running", task_id: "fetch" }),
    });
    expect(await run(args, { env: envOf(api) })).toMatchObject({
      code: 0,
      out: `${EXECUTION} running, run 1, medium priority\n`,
    });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual(body);
  });

  it("approves, and says who did and when", async () => {
    const decided = json(200, {
      execution_id: EXECUTION,
      task_id: "pay",
      verdict: "approved",
      decided_by: "ann",
      decided_at: "2026-11-21T10:00:00Z",
    });
    await using api = await startFakeApi({ [`${TASKS}/pay/approve`]: decided });
    expect(await run(["approve", EXECUTION, "pay"], { env: envOf(api) })).toMatchObject({
      out: "pay approved by ann at 2026-11-21T10:00:00Z\n",
    });
  });
});

describe("a2a, operations", () => {
  it("holds and releases", async () => {
    const hold = json(200, {
      scope: "workflow",
      workflow_id: "billing",
      held_by: "ann",
      held_since: "2026-11-21T10:00:00Z",
    });
    await using api = await startFakeApi({
      "PUT /dev/api/v1/holds": hold,
      "DELETE /dev/api/v1/holds": json(200, { was_held: true, released_tasks: 3 }),
    });
    expect(await run(["hold", "--workflow", "billing"], { env: envOf(api) })).toMatchObject({
      out: "held: workflow billing, since 2026-11-21T10:00:00Z by ann\n",
    });
    expect(await run(["release", "--workflow", "billing"], { env: envOf(api) })).toMatchObject({
      out: "released; 3 tasks go on now, others within a minute\n",
    });
    expect(api.seen.map(({ line }) => line)).toEqual([
      "PUT /dev/api/v1/holds",
      "DELETE /dev/api/v1/holds?scope=workflow&workflow_id=billing",
    ]);
  });

  it("fails to release what is not held", async () => {
    await using api = await startFakeApi({
      "DELETE /dev/api/v1/holds": json(200, { was_held: false, released_tasks: 0 }),
    });
    expect(await run(["release"], { env: envOf(api) })).toMatchObject({
      code: 1,
      err: "a2a: nothing is held there; see a2a holds\n",
    });
  });

  it("shows the inbox over all pages", async () => {
    const item = (task: string, more: object) => ({
      kind: "approval",
      execution_id: EXECUTION,
      workflow_id: "billing",
      task_id: task,
      description: null,
      waiting_since: "2026-11-21T10:00:00Z",
      is_compensation: false,
      actions: ["approve", "reject"],
      ...more,
    });
    await using api = await startFakeApi({
      "GET /dev/api/v1/inbox": inTurn(
        json(200, { items: [item("pay", { prompt: "pay?" })], next_cursor: "more" }),
        json(200, { items: [item("send", { error: { code: "AgentFailed", message: "no" } })] }),
      ),
    });
    const { out } = await run(["inbox"], { env: envOf(api) });
    expect(
      out
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(/ {2,}/).slice(2)),
    ).toEqual([
      ["pay", "2026-11-21T10:00:00Z", "pay?", "approve | reject"],
      ["send", "2026-11-21T10:00:00Z", "AgentFailed: no", "approve | reject"],
    ]);
    expect(api.seen.map(({ line }) => line)).toEqual(["GET /dev/api/v1/inbox", "GET /dev/api/v1/inbox?cursor=more"]);
  });

  it("steers in bulk and counts what came of it", async () => {
    const results = [
      { execution_id: EXECUTION, outcome: "changed", status: "cancelled" },
      { execution_id: "exec_00000002", outcome: "illegal", status: "completed", detail: "possible now: rerun" },
    ];
    await using api = await startFakeApi({ "POST /dev/api/v1/executions/bulk": json(200, { action: "cancel", dry_run: true, results }) });
    expect(await run(["bulk", "cancel", "--workflow", "billing", "--dry-run"], { env: envOf(api) })).toEqual({
      code: 0,
      out: `${EXECUTION} changed, cancelled\nexec_00000002 illegal, completed: possible now: rerun\n`,
      err: "nothing was done; it would be: 1 changed, 1 illegal\n",
    });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
      action: "cancel",
      filter: { workflow_id: "billing" },
      dry_run: true,
    });
  });
});
