import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { plain } from "../../../infra/cli/view/paint.ts";
import { submitJob } from "../../../infra/local/start/job.ts";
import { runJob } from "../../../infra/local/start/run-job.ts";
import { createSteps } from "../../../infra/local/start/steps.ts";
import { statusReply, submissionReply, taskReply } from "../../fixtures/api/sample-replies.ts";
import { events, type FakeApi, inTurn, json, problem, startFakeApi } from "../cli/fake-api.ts";

const EXECUTE = "POST /dev/api/v1/workflows/financial-pipeline/execute";
const EXECUTION = "/dev/api/v1/executions/exec_00000001";
const submitted = json(202, submissionReply("financial-pipeline"));
const conflict = problem(409, {
  title: "the request conflicts with the current state",
  detail: "the key belongs to another plan",
});

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "a2a-job-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "job.json");
const keysOf = ({ seen }: FakeApi): unknown[] => seen.map(({ headers }) => headers["idempotency-key"]);

describe("submitJob", () => {
  it("submits under the same key until the job is forgotten", async () => {
    await using api = await startFakeApi({ [EXECUTE]: submitted });
    expect(await submitJob(api.connection, file())).toEqual({ execution: "exec_00000001", isContinued: false });
    expect(await submitJob(api.connection, file())).toEqual({ execution: "exec_00000001", isContinued: true });
    rmSync(file());
    expect((await submitJob(api.connection, file())).isContinued).toBe(false);
    const [first, second, third] = keysOf(api);
    expect(first).toMatch(/^[\da-f-]{36}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("keeps the key before it sends it, so that a kill in between loses nothing", async () => {
    await using api = await startFakeApi({ [EXECUTE]: problem(503, { title: "later", detail: "" }) });
    await expect(submitJob(api.connection, file())).rejects.toThrow("later");
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ key: keysOf(api)[0] });
  });

  it.each([{ content: '{"key":"old"}' }, { content: '{"ke' }])(
    "begins anew when it cannot go on with $content",
    async ({ content }) => {
      writeFileSync(file(), content);
      await using api = await startFakeApi({
        [EXECUTE]: content.endsWith("}") ? inTurn(conflict, submitted) : submitted,
      });
      expect((await submitJob(api.connection, file())).isContinued).toBe(false);
      expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ key: keysOf(api).at(-1) });
    },
  );
});

const figures = {
  IBM: {
    from: "2000-01-01",
    to: "2010-03-01",
    totalReturn: 0.249,
    cagr: 0.022,
    annualVolatility: 0.291,
    sharpe: 0.08,
    maxDrawdown: 0.553,
    bestMonth: { month: "2002-10-01", return: 0.354 },
    worstMonth: { month: "2002-09-01", return: -0.226 },
  },
};
const output = (value: unknown) => json(200, taskReply("t", { output: value }));
const charts = (...names: readonly string[]) =>
  output({ charts: names.map((name) => ({ name, title: name, svg: "<svg/>" })) });

async function run(api: FakeApi, signal = new AbortController().signal) {
  const lines: string[] = [];
  const out = { write: (text: string | Uint8Array): boolean => lines.push(String(text).trimEnd()) > 0 };
  const steps = createSteps(out, plain, () => 0);
  const outcome = await runJob({
    connection: api.connection,
    stateDir: folder,
    output: out,
    paint: plain,
    steps,
    signal,
  });
  return { outcome, lines };
}

describe("runJob", () => {
  const ending = (status: "completed" | "failed") =>
    events([
      "status",
      {
        ...statusReply(status, [{ stage_id: "ingest", status }]),
        error_details: { code: "TaskFailed", message: "no data", task: "ingest" },
      },
    ]);

  it("shows the figures of a completed run and writes report and charts", async () => {
    await using api = await startFakeApi({
      [EXECUTE]: submitted,
      [`GET ${EXECUTION}/stream`]: ending("completed"),
      [`GET ${EXECUTION}/tasks/report`]: output({
        figures,
        narrative: "IBM grew.",
        markdown: "# Report\n",
        correlations: [],
      }),
      [`GET ${EXECUTION}/tasks/performance-charts`]: charts("growth.svg", "drawdown.svg"),
      [`GET ${EXECUTION}/tasks/risk-charts`]: charts("drawdown.svg", "volatility.svg"),
    });
    const { outcome, lines } = await run(api);
    expect(outcome).toBe("completed");
    expect(lines).toContain(
      "IBM           24.9 %  2.2 %      29.1 %    0.08        55.3 %  35.4 % (2002-10)  -22.6 % (2002-09)",
    );
    expect(lines).toContain("IBM grew.");
    const outputs = join(folder, "outputs", "exec_00000001");
    expect(readdirSync(outputs).sort()).toEqual([
      "drawdown.svg",
      "growth.svg",
      "report.json",
      "report.md",
      "volatility.svg",
    ]);
    expect(readFileSync(join(outputs, "report.md"), "utf8")).toBe("# Report\n");
    expect(JSON.parse(readFileSync(join(outputs, "report.json"), "utf8"))).toEqual({
      figures,
      narrative: "IBM grew.",
      correlations: [],
    });
    expect(existsSync(file())).toBe(false);
  });

  it("writes no file outside its folder, whatever an agent calls its charts", async () => {
    await using api = await startFakeApi({
      [EXECUTE]: submitted,
      [`GET ${EXECUTION}/stream`]: ending("completed"),
      [`GET ${EXECUTION}/tasks/report`]: output({ figures, narrative: "", markdown: "" }),
      [`GET ${EXECUTION}/tasks/performance-charts`]: charts("../../evil.svg"),
      [`GET ${EXECUTION}/tasks/risk-charts`]: charts("a.svg"),
    });
    const { outcome, lines } = await run(api);
    expect(outcome).toBe("failed");
    expect(lines.join("\n")).toContain(
      "exec_00000001 completed, but its outputs are not a report (charts.0.name: Invalid string",
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why a run failed; the next start begins another", async () => {
    await using api = await startFakeApi({ [EXECUTE]: submitted, [`GET ${EXECUTION}/stream`]: ending("failed") });
    const { outcome, lines } = await run(api);
    expect(outcome).toBe("failed");
    expect(lines).toContain("exec_00000001 failed in task 'ingest': TaskFailed: no data");
    expect(existsSync(file())).toBe(false);
  });

  it("keeps the key of a run that it does not see to its end", async () => {
    const stop = new AbortController();
    await using api = await startFakeApi({
      [EXECUTE]: submitted,
      [`GET ${EXECUTION}/stream`]: (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(": alive\n\n");
        setTimeout(() => stop.abort(), 5);
      },
    });
    expect((await run(api, stop.signal)).outcome).toBe(undefined);
    expect(existsSync(file())).toBe(true);
  });
});
