import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { handOver } from "../../../functions/receive-push/hand-over.ts";
import type { SettleMessage } from "../../../shared/execution/messages.ts";
import { receivePush } from "../../../functions/receive-push/receive-push.ts";
import { encodeDispatch } from "../../../shared/execution/task/dispatch-ref.ts";
import { agentOf, type MemoryRuntime, startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";

async function pushed(): Promise<{ runtime: MemoryRuntime; secret: string; segment: string }> {
  const runtime = await startedRuntime();
  runtime.registry = [agentOf("agent-one", { supports_push: true })];
  runtime.pushBaseUrl = "https://api.test";
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1", pushes: true });
  await dispatchTask(runtime, runtime.message("a"));
  const { url = "", token = "" } = runtime.sent[0]?.message.push ?? {};
  return { runtime, secret: token, segment: url.slice("https://api.test/push/".length) };
}

const deps = (runtime: MemoryRuntime) => ({ executions: runtime.executions, settle: runtime.mail.settle });

describe("receivePush", () => {
  it.each([
    { from: "0.3: a bare task", body: { id: "remote-1", kind: "task", status: { state: "completed" } }, task: "remote-1" },
    { from: "1.0: a task", body: { task: { id: "remote-2", status: {} } }, task: "remote-2" },
    { from: "1.0: a status update", body: { statusUpdate: { taskId: "remote-3" } }, task: "remote-3" },
    { from: "1.0: an artifact update", body: { artifactUpdate: { taskId: "remote-4" } }, task: "remote-4" },
    { from: "0.3: a status update", body: { kind: "status-update", taskId: "remote-5" }, task: "remote-5" },
  ])("passes on which task to ask for ($from)", async ({ body, task }) => {
    const { runtime, secret, segment } = await pushed();
    const verdict = await receivePush(deps(runtime), { segment, secrets: ["other", secret], body: JSON.stringify(body) });
    expect(verdict).toBe("accepted");
    expect(runtime.settles).toEqual([{ dispatch: runtime.dispatch("a"), agentTaskId: task }]);
  });

  it.each(["", "null", "[1,2", '"text"', `{"id":"${"x".repeat(2000)}"}`, '{"__proto__":{"id":"x"}}'])(
    "accepts a genuine push whatever its body is: %s",
    async (body) => {
      const { runtime, secret, segment } = await pushed();
      expect(await receivePush(deps(runtime), { segment, secrets: [secret], body })).toBe("accepted");
      expect(runtime.settles).toEqual([{ dispatch: runtime.dispatch("a") }]);
    },
  );

  it.each([
    { what: "no secret", secrets: [], attempt: 1, execution: "exec_0123456789" },
    { what: "a wrong secret", secrets: ["secret-2"], attempt: 1, execution: "exec_0123456789" },
    { what: "an empty secret", secrets: [""], attempt: 1, execution: "exec_0123456789" },
    { what: "another attempt", secrets: ["secret-1"], attempt: 2, execution: "exec_0123456789" },
    { what: "an unknown execution", secrets: ["secret-1"], attempt: 1, execution: "exec_9999999999" },
  ])("refuses $what, always in the same way", async ({ secrets, attempt, execution }) => {
    const { runtime } = await pushed();
    const segment = encodeDispatch({ tenant: "acme", execution, task: "a", attempt });
    expect(await receivePush(deps(runtime), { segment, secrets, body: "{}" })).toBe("refused");
    expect(runtime.settles).toEqual([]);
  });

  it.each(["", "%%%", "e30", Buffer.from('["acme","exec_0123456789","a",0]').toString("base64url"), Buffer.from('["ACME#X","exec_0123456789","a",1]').toString("base64url")])(
    "takes '%s' for no dispatch of ours",
    async (segment) => {
      const { runtime, secret } = await pushed();
      await expect(receivePush(deps(runtime), { segment, secrets: [secret], body: "" })).rejects.toMatchObject({ name: "InvalidRequest" });
    },
  );
});

describe("handing a push over", () => {
  const message = { dispatch: { tenant: "t", execution: "exec_1", task: "a", attempt: 1 } };
  const carried = async (send: () => Promise<unknown>) => {
    const calls: unknown[] = [];
    const lambda = new LambdaClient({ region: "eu-west-1" });
    lambda.send = (command: InvokeCommand) => {
      calls.push(command.input);
      return send();
    };
    const queued: SettleMessage[] = [];
    const warnings: string[] = [];
    await handOver({
      lambda,
      settleFunction: "settle-task",
      queue: async (each) => void queued.push(each),
      logger: { warn: (text: string) => void warnings.push(text) },
    })(message);
    return { calls, queued, warnings };
  };

  it("calls the function that settles, and waits for nothing", async () => {
    expect(await carried(async () => ({ StatusCode: 202 }))).toEqual({
      calls: [{ FunctionName: "settle-task", InvocationType: "Event", Payload: JSON.stringify(message) }],
      queued: [],
      warnings: [],
    });
  });

  it("goes by the queue where the function takes no call", async () => {
    const { queued, warnings } = await carried(() => Promise.reject(new Error("too many")));
    expect([queued, warnings.length]).toEqual([[message], 1]);
  });
});
