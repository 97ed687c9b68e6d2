import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../infra/local/stepfunctions/clock.ts";
import { createEngine, type Engine } from "../../../infra/local/stepfunctions/engine.ts";

const EXECUTIONS = 20;
/** Milliseconds each life lasts: in the retries, the Map, the Wait and the token tasks. */
const LIVES = [400, 700, 900, 600, 500, 700];
const WORKER = new URL("stepfunctions-crash-worker.ts", import.meta.url);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function live(folder: string, ms: number): Promise<void> {
  const worker = fork(WORKER, [folder, String(EXECUTIONS)], { stdio: "inherit" });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  await Promise.race([ended, pause(ms)]);
  worker.kill("SIGKILL");
  await ended;
}

const names = Array.from({ length: EXECUTIONS }, (_, id) => `run-${id}`);
const executionArn = (name: string): string => `arn:aws:states:eu-central-1:123456789012:execution:crash:${name}`;

describe("an engine killed again and again", () => {
  const folder = mkdtempSync(join(tmpdir(), "asl-crash-"));
  let engine: Engine;

  beforeAll(async () => {
    for (const ms of LIVES) await live(folder, ms);
    await live(folder, 10_000);
    engine = await createEngine({
      databasePath: join(folder, "states.db"),
      region: "eu-central-1",
      accountId: "123456789012",
      clock: systemClock,
      random: Math.random,
      onStatusChange: () => {},
      integrations: {
        sendMessage: () => Promise.reject(new Error("nothing is left to send")),
        invoke: () => Promise.reject(new Error("nothing is left to invoke")),
        putEvents: () => Promise.reject(new Error("nothing is left to put")),
      },
    });
  });
  afterAll(() => {
    engine.close();
    rmSync(folder, { recursive: true });
  });

  it("finishes every execution with the right result", async () => {
    expect(existsSync(join(folder, "done"))).toBe(true);
    for (const [id, name] of names.entries()) {
      const { status, output = "null" } = await engine.call("DescribeExecution", { executionArn: executionArn(name) });
      const items = ["did a", "did b", "did c", "did d"];
      expect({ status, output: JSON.parse(output) }).toEqual({
        status: "SUCCEEDED",
        output: { id, items, answer: `ask-${id}` },
      });
    }
  });

  it("goes through no state twice", async () => {
    const task = ["LambdaFunctionScheduled", "LambdaFunctionStarted"];
    const item = [
      "MapIterationStarted",
      "TaskStateEntered",
      ...task,
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "MapIterationSucceeded",
    ];
    const expected = [
      "ExecutionStarted",
      "TaskStateEntered",
      ...task,
      "LambdaFunctionFailed",
      ...task,
      "LambdaFunctionFailed",
      ...task,
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "MapStateEntered",
      "MapStateStarted",
      ...item,
      ...item,
      ...item,
      ...item,
      "MapStateSucceeded",
      "MapStateExited",
      "WaitStateEntered",
      "WaitStateExited",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSubmitted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ].sort();
    for (const name of names) {
      const { events } = await engine.call("GetExecutionHistory", { executionArn: executionArn(name), maxResults: 1_000 });
      expect(events.map(({ type }) => type).sort()).toEqual(expected);
    }
  });

  it("repeats a call only where a kill left it unanswered, and then to the letter", () => {
    const calls = new Map<string, number>();
    for (const line of readFileSync(join(folder, "calls.log"), "utf8").trim().split("\n")) {
      calls.set(line, (calls.get(line) ?? 0) + 1);
    }
    // Per execution: three attempts of Flaky, four items, one message. Another token would be another call.
    expect(calls.size).toBe(EXECUTIONS * 8);
    const mostRepeats = Math.max(...calls.values()) - 1;
    expect(mostRepeats).toBeLessThanOrEqual(LIVES.length);
    const repeats = [...calls.values()].reduce((sum, count) => sum + count - 1, 0);
    // At most two calls of an execution are under way at once.
    expect(repeats).toBeLessThanOrEqual(EXECUTIONS * 2 * LIVES.length);
  });

  it("reports every status change at least once", () => {
    const reported = new Set(readFileSync(join(folder, "statuses.log"), "utf8").trim().split("\n"));
    expect(reported).toEqual(new Set(names.flatMap((name) => [`${name} RUNNING`, `${name} SUCCEEDED`])));
  });
});
