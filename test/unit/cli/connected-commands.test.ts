import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { statusReply, submissionReply, taskReply, workflowReply } from "../../fixtures/api/sample-replies.ts";
import { events, json, problem, type SeenRequest, startFakeApi } from "./fake-api.ts";
import { openShell, SMALL } from "./shell.ts";

const FLAWED = path.resolve(import.meta.dirname, "../../fixtures/definitions/invalid/many-flaws.workflow.yaml");

const shell = openShell();
const { folder, small, run } = shell;
afterAll(() => shell[Symbol.dispose]());

const envOf = ({ connection }: { connection: { url: string; token: string } }) => ({
  A2A_URL: connection.url,
  A2A_TOKEN: connection.token,
});

const linkTo = ({ headers }: SeenRequest) => ({
  output_url: `http://${headers.host}/blob`,
  output_bytes: 12,
  output_sha256: "0".repeat(64),
});

describe("a2a, connected", () => {
  const submitted = json(202, submissionReply("small"));

  it("runs a file as an inline definition with input, priority and key", async () => {
    await using api = await startFakeApi({ "POST /dev/api/v1/workflows/execute": submitted });
    const input = path.join(folder, "in.json");
    writeFileSync(input, '{"a":1}');
    const args = ["run", small, "--input", input, "--priority", "high", "--key", "k1"];
    expect(await run(args, { env: envOf(api) })).toEqual({
      code: 0,
      out: "exec_00000001\n",
      err: "watch it: a2a watch exec_00000001\n",
    });
    expect(api.seen[0]?.headers).toMatchObject({ "idempotency-key": "k1", authorization: "Bearer secret" });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toMatchObject({
      workflow: { name: "small", version: "1.10", tasks: [{ id: "fetch" }, { id: "report" }] },
      input_data: { a: 1 },
      priority: "high",
    });
  });

  it("does not send a definition that has flaws", async () => {
    await using api = await startFakeApi({});
    expect((await run(["run", FLAWED], { env: envOf(api) })).code).toBe(1);
    expect(api.seen).toEqual([]);
  });

  it.each([
    { end: "completed", code: 0, says: "completed; its output: a2a output exec_00000001" },
    { end: "failed", code: 1, says: "exec_00000001 failed in task 'fetch': AgentFailed: no data" },
    { end: "cancelled", code: 1, says: "exec_00000001 cancelled" },
  ] as const)("watches a run and ends as it does: $end", async ({ end, code, says }) => {
    const failure = { error_details: { code: "AgentFailed", message: "no data", task: "fetch" } };
    const last = { ...statusReply(end, [{ stage_id: "fetch", status: end }], 2), ...(end === "failed" ? failure : {}) };
    await using api = await startFakeApi({
      "POST /dev/api/v1/workflows/small/execute": submitted,
      "GET /dev/api/v1/executions/exec_00000001/stream": events(["status", last], ["end", {}]),
    });
    const result = await run(["run", "small", "--watch"], { env: envOf(api) });
    expect(result.code).toBe(code);
    expect(result.out).toContain(`[   2.0 s] * fetch: ${end}`);
    expect(result.err).toContain(says);
  });

  it("shows a refusal with its fields, or the server's own words", async () => {
    const errors = [{ field: "body.endpoint", message: "nobody answers there", remedy: "start the agent" }];
    await using api = await startFakeApi({
      "POST /dev/api/v1/agents": problem(400, { title: "the request is not valid", detail: "…", errors }),
      "GET /dev/api/v1/agents": problem(500, { title: "internal error", detail: "report it with the request id r-1" }),
      "GET /dev/api/v1/workflows": problem(401, { title: "no valid token", detail: "send a current token" }),
    });
    const env = envOf(api);
    expect(await run(["agents", "register", "http://agent.test"], { env })).toEqual({
      code: 1,
      out: "",
      err: "a2a: the request is not valid (400)\n  body.endpoint: nobody answers there — start the agent\n",
    });
    expect(await run(["agents"], { env })).toMatchObject({ code: 3, err: "a2a: report it with the request id r-1 (500)\n" });
    expect(await run(["workflows"], { env })).toMatchObject({
      code: 3,
      err: expect.stringMatching(/no valid token \(401\) — get a new one/),
    });
    expect(await run(["show", "exec_1"], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining("nothing at /dev/api/v1/executions/exec_1"),
    });
  });

  it("registers with what files and options say", async () => {
    let sent: unknown;
    await using api = await startFakeApi({
      "POST /dev/api/v1/agents": (response, request) => {
        sent = request.body === "" ? undefined : JSON.parse(request.body);
        return problem(400, { title: "the request is not valid", detail: "…", errors: [] })(response, request);
      },
    });
    const [ca, card] = [path.join(folder, "ca.pem"), path.join(folder, "card.json")];
    writeFileSync(ca, "-----BEGIN");
    writeFileSync(card, '{"name":"one"}');
    const arn = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/acme/one";
    await run(["agents", "register", "https://agent.test", "--ca", ca, "--card", card, "--credential", arn], { env: envOf(api) });
    expect(sent).toEqual({ endpoint: "https://agent.test", card: { name: "one" }, tls: { ca: "-----BEGIN" }, credential_secret_arn: arn });
  });

  it("prints an output as JSON, fetching a large one by its link", async () => {
    await using api = await startFakeApi({
      "GET /dev/api/v1/executions/e/tasks/small": json(200, taskReply("small", { output: { a: 1 } })),
      "GET /dev/api/v1/executions/e/tasks/none": json(200, taskReply("none", { status: "running", output: null })),
      "GET /dev/api/v1/executions/e/tasks/large": (response, request) =>
        json(200, taskReply("large", linkTo(request)))(response, request),
      "GET /blob": json(200, { big: true }),
    });
    const env = envOf(api);
    expect(await run(["output", "e", "small"], { env })).toMatchObject({ code: 0, out: '{\n  "a": 1\n}\n' });
    expect(await run(["output", "e", "large"], { env })).toMatchObject({ code: 0, out: '{"big":true}\n' });
    expect(api.seen.at(-1)?.headers.authorization).toBeUndefined();
    expect(await run(["output", "e", "none"], { env })).toMatchObject({
      code: 1,
      err: "a2a: task 'none' is running and has no output\n",
    });
  });

  it("prints the output of an execution as JSON, fetching a large one by its link", async () => {
    const head = { execution_id: "e", workflow_id: "small", declared: true };
    await using api = await startFakeApi({
      "GET /dev/api/v1/executions/e/output": json(200, { ...head, output: { sum: 3 } }),
      "GET /dev/api/v1/executions/last/output": json(200, { ...head, declared: false, output: { report: 1 } }),
      "GET /dev/api/v1/executions/large/output": (response, request) =>
        json(200, { ...head, ...linkTo(request) })(response, request),
      "GET /dev/api/v1/executions/open/output": problem(409, { title: "…", detail: "execution 'open' is running" }),
      "GET /blob": json(200, { big: true }),
    });
    const env = envOf(api);
    expect(await run(["output", "e"], { env })).toEqual({ code: 0, out: '{\n  "sum": 3\n}\n', err: "" });
    expect(await run(["output", "last"], { env })).toEqual({
      code: 0,
      out: '{\n  "report": 1\n}\n',
      err: "its definition declares no outputs: these are the outputs of its last tasks\n",
    });
    expect(await run(["output", "large"], { env })).toMatchObject({ code: 0, out: '{"big":true}\n' });
    expect(await run(["output", "open"], { env })).toMatchObject({ code: 1, err: "a2a: execution 'open' is running (409)\n" });
  });

  it("reads the history page by page", async () => {
    const entry = (message: string) => ({
      timestamp: "2026-01-01T00:00:00Z",
      level: "INFO",
      message,
      task_id: "t",
      trace_id: "trace",
      fields: { task_id: "t", attempt: 1 },
    });
    await using api = await startFakeApi({
      "GET /dev/api/v1/executions/e/logs": (response, request) =>
        request.line.includes("cursor=c2")
          ? json(200, { logs: [entry("b")] })(response, request)
          : json(200, { logs: [entry("a")], next_cursor: "c2" })(response, request),
    });
    expect((await run(["logs", "e"], { env: envOf(api) })).out).toBe(
      "2026-01-01T00:00:00Z INFO a t attempt=1\n2026-01-01T00:00:00Z INFO b t attempt=1\n",
    );
  });

  it.each([
    { given: '{"ok":true}', sent: { ok: true } },
    { given: "go ahead", sent: "go ahead" },
  ])("answers a task with $given", async ({ given, sent }) => {
    await using api = await startFakeApi({
      "POST /dev/api/v1/executions/e/tasks/ask/input": json(202, { task_id: "ask", accepted: true }),
    });
    expect((await run(["answer", "e", "ask", given], { env: envOf(api) })).code).toBe(0);
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ input: sent });
  });

  it("deploys a definition as it was written", async () => {
    const planned = {
      ...workflowReply("small"),
      status: "validated",
      validation_report: { errors: [], warnings: [], optimizations: [] },
      plan: { plan_hash: "", levels: [], critical_path: { tasks: [], seconds: 0 }, parallel_degree: 1, machines: [] },
    };
    await using api = await startFakeApi({ "POST /dev/api/v1/workflows": json(201, planned) });
    expect(await run(["deploy", small], { env: envOf(api) })).toMatchObject({
      code: 0,
      out: "✓ deployed small 1.10, 2 tasks; run it: a2a run small\n",
    });
    expect(api.seen[0]).toMatchObject({ body: SMALL, headers: { "content-type": "application/yaml" } });
  });

  it("makes a JSON-RPC call, and says how it was refused", async () => {
    const refused = { type: "urn:x", title: "not found", status: 404, detail: "execution 'e' was not found" };
    await using api = await startFakeApi({
      "POST /dev/rpc": (response, request) =>
        json(200, JSON.parse(request.body).params.execution_id === "e"
          ? { jsonrpc: "2.0", id: 1, error: { code: -32_003, message: refused.detail, data: refused } }
          : { jsonrpc: "2.0", id: 1, result: { status: "executing" } })(response, request),
    });
    const known = await run(["rpc", "workflow.status", '{"execution_id":"exec_00000001"}'], { env: envOf(api) });
    expect(known).toMatchObject({ code: 0, out: '{\n  "status": "executing"\n}\n' });
    const unknown = await run(["rpc", "workflow.status", '{"execution_id":"e"}'], { env: envOf(api) });
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain("execution 'e' was not found");
  });

  it("shows what the deployment says of a definition that is not saved", async () => {
    const finding = { code: "CapabilityMissing", severity: "warning", message: "nobody", remedy: "register", path: "agents.a", file: "definition.yaml", line: 3, column: 5 };
    const report = { errors: [], warnings: [finding], optimizations: [] };
    const resources = { agents_required: 2, estimated_duration_seconds: 90 };
    const tasks = [
      { id: "a", kind: "agent", agent: "worker", depends_on: [], estimate_seconds: 30 },
      { id: "b", kind: "pattern", pattern: { name: "voting", calls_bound: 10, max_calls: 6 }, depends_on: ["a"], estimate_seconds: 60 },
    ];
    const plan = { workflow_id: "small", version: "1", orchestration_pattern: "supervisor", priority: "high", task_count: 2, estimated_resources: resources, estimated_cost: 1.5, plan_hash: "f", levels: [["a"], ["b"]], critical_path: { tasks: ["a", "b"], seconds: 90 }, parallel_degree: 1, machines: [], tasks };
    const answers = [{ is_valid: true, validation_report: report, plan }, { is_valid: false, validation_report: { ...report, errors: [finding] } }];
    await using api = await startFakeApi({ "POST /dev/api/v1/workflows/plan": (response, request) => json(200, answers.shift())(response, request) });
    const { code, out } = await run(["preview", small], { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toContain(`${small}:3:5 warning agents.a: nobody — register`);
    expect(out).toMatch(/small 1 {2}2 tasks, 2 levels, high priority\ncritical path .*: a → b\nestimate .*, cost 1.50, 2 agents\nb +voting, at most 6 calls/);
    expect(await run(["preview", small], { env: envOf(api) })).toMatchObject({ code: 1, err: expect.stringContaining("is not valid") });
  });

  it("evaluates an expression, and points at what is wrong with it", async () => {
    const answers = [{ is_valid: true, value: 2 }, { is_valid: false, error: { message: "no field \"n\"", position: { offset: 6, line: 1, column: 7 } } }];
    await using api = await startFakeApi({ "POST /dev/api/v1/expressions/try": (response, request) => json(200, answers.shift())(response, request) });
    expect(await run(["eval", "input.n + 1", '{"input":{"n":1}}'], { env: envOf(api) })).toMatchObject({ code: 0, out: "2\n" });
    const failed = await run(["eval", "input.n"], { env: envOf(api) });
    expect(failed).toMatchObject({ code: 1, err: 'input.n\n      ^\na2a: no field "n"\n' });
    expect(api.seen.map(({ body }) => JSON.parse(body))).toEqual([{ expression: "input.n + 1", example: { input: { n: 1 } } }, { expression: "input.n", example: {} }]);
  });
});
