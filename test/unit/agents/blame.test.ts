import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createA2aClient, type SendOutcome } from "../../../shared/a2a/a2a-client.ts";
import { AgentUnavailableError, InvalidAgentCardError } from "../../../shared/a2a/errors.ts";
import { readRpcReply } from "../../../shared/a2a/rpc-reply.ts";
import type { TaskState } from "../../../shared/a2a/task-snapshot.ts";
import { a2aCalls } from "../../../shared/agents/calls/a2a-calls.ts";
import { loadBreaker } from "../../../shared/agents/store/breaker-store.ts";
import { AgentSecretError } from "../../../shared/agents/store/secrets.ts";
import { watchTask } from "../../../functions/watch-task/watch-task.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { agentOf, MemoryRuntime, planOf, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { PoolKit } from "./pool-kit.ts";

const taskIn = (state: TaskState): SendOutcome => ({
  kind: "task",
  snapshot: { taskId: "t", state, artifacts: [], messageIds: [] },
  push: false,
});
const http = (status: number): SendOutcome => replyOf({ kind: "reply", status, headers: {}, body: "no" });
const rpc = (code: number): SendOutcome =>
  replyOf({ kind: "reply", status: 200, headers: {}, body: JSON.stringify({ error: { code, message: "no" } }) });

const number = (value: string): SendOutcome =>
  replyOf({
    kind: "reply",
    status: 200,
    headers: {},
    body: `{"jsonrpc":"2.0","id":1,"result":{"message":{"parts":[{"data":{"n":${value}}}]}}}`,
  });

function replyOf(exchanged: Parameters<typeof readRpcReply>[0]): SendOutcome {
  const reply = readRpcReply(exchanged);
  if (reply.kind === "result") throw new Error("no refusal");
  return reply;
}

/** What a send comes to, and what it must do to the count of failures in a row. */
interface Cause {
  readonly what: string;
  readonly comes: SendOutcome | Error;
  readonly counts: "one more" | "answered" | "nothing";
}

const answered = (what: string, comes: SendOutcome): Cause => ({ what, comes, counts: "answered" });
const counted = (what: string, comes: SendOutcome | Error): Cause => ({ what, comes, counts: "one more" });

const CAUSES: readonly Cause[] = [
  answered("failed", taskIn("failed")),
  answered("rejected", taskIn("rejected")),
  answered("canceled", taskIn("canceled")),
  answered("completed without a word", taskIn("completed")),
  answered("an answer of no words", { kind: "message", parts: [{ kind: "text", text: " " }] }),
  answered("a part of a future kind", { kind: "message", parts: [{ kind: "text", text: "" }] }),
  answered("an answer", { kind: "message", parts: [{ kind: "text", text: "42" }] }),
  answered("invalid parameters", rpc(-32_602)),
  answered("a content type it does not take", rpc(-32_005)),
  ...[400, 413, 415, 422].map((status) => answered(`HTTP ${status}`, http(status))),
  answered("a reply without end", replyOf({ kind: "too-large", maxBytes: 1 })),
  answered("a number that we cannot keep", number("1e400")),
  counted("no way to it", replyOf({ kind: "not-sent", reason: "ECONNREFUSED" })),
  counted("what cannot be reached", new AgentUnavailableError("agent-one", "no route")),
  counted("a card that is none", new InvalidAgentCardError("https://agent", "html")),
  counted("an internal error", rpc(-32_603)),
  counted("a page instead of an answer", http(200)),
  ...[401, 403, 404, 429, 500, 503].map((status) => counted(`HTTP ${status}`, http(status))),
  { what: "a secret that we cannot read", comes: new AgentSecretError("arn", "AccessDenied"), counts: "nothing" },
];

/** One attempt of a task at an agent: what the breaker is told, through our own client, settling and pool. */
async function attempted({ comes }: Cause, isNeeded: boolean): Promise<MemoryRuntime> {
  const secretArn = `arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/${TENANT}/key`;
  const next = isNeeded ? [task("b", ["a"])] : [];
  const runtime = new MemoryRuntime(planOf([task("a", [], { retry_policy: { max_attempts: 1 } }), ...next]));
  const agent = agentOf("agent-one", { credential_secret_arn: secretArn });
  const sendTask = () => (comes instanceof Error ? Promise.reject(comes) : Promise.resolve(comes));
  const getTask = async () => (!(comes instanceof Error) && comes.kind === "task" ? comes.snapshot : "not-found");
  const calls = a2aCalls({ ...createA2aClient({}), sendTask, getTask }, async () => {
    if (comes instanceof AgentSecretError) throw comes;
    return { scheme: "bearer", token: "x" };
  });
  runtime.registry = [agent];
  runtime.onSend = (message) => calls.send(agent, message);
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  // A push of the same end, and the same again, come too late to be counted.
  await settleTask(runtime, { dispatch: runtime.dispatch("a") });
  await settleTask(runtime, { dispatch: runtime.dispatch("a") });
  // An end without an answer is looked at once more.
  runtime.onGet = () => calls.get(agent, "t");
  runtime.time += 5000;
  for (const { message } of runtime.watches) await watchTask(runtime, message);
  return runtime;
}

it("lets no breaker hear of content, and each failure of transport count once, whatever came before", async () => {
  const attempts = fc.tuple(fc.constantFrom(...CAUSES), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(attempts, { minLength: 1, maxLength: 8 }), async (causes) => {
      const kit = new PoolKit();
      const pool = kit.pool();
      let failures = 0;
      for (const [cause, isNeeded] of causes) {
        const { reports } = await attempted(cause, isNeeded);
        expect(reports, cause.what).toHaveLength(1);
        for (const report of reports) await pool.report({ ...report, startedAt: undefined });
        if (cause.counts === "one more") failures += 1;
        if (cause.counts === "answered") failures = 0;
        const { state } = await loadBreaker(kit.store, { tenant: TENANT, agentId: "agent-one" });
        expect(state, cause.what).toMatchObject(failures === 3 ? { state: "open" } : { state: "closed", failures });
        if (failures === 3) return;
      }
    }),
    { numRuns: 60, examples: CAUSES.flatMap((cause) => [[[[cause, true]]], [[[cause, false]]]]) },
  );
});
