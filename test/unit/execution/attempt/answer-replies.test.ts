import { describe, expect, it } from "vitest";
import { awaitAgent } from "../../../../functions/await-agent/await-agent.ts";
import type { AttemptOutcome, FoundAttempt } from "../../../../shared/agents/calls/agent-calls.ts";
import { questionIdOf } from "../../../../shared/execution/task/task-rules.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const ASKING: Extract<FoundAttempt, { kind: "input_required" }> = { kind: "input_required", agentTaskId: "remote-1", question: "which?" };
const refused = (code: string): AttemptOutcome => ({ kind: "failed", failure: { code, message: "no" }, retryable: true });

/** A person has answered the question of a task; `row`: how the task stands when the answer is to be given. */
async function answering(row: RowFields = {}) {
  const runtime = new MemoryRuntime(planOf([task("a", [], { retry_policy: { max_attempts: 1, backoff: "none" } })]));
  const execution = await runtime.submit();
  const answer = { messageId: "msg_1", input: { json: '"here"' }, questionId: questionIdOf(ASKING), at: new Date(START).toISOString() };
  const fields = { state: "running", answer, agentId: "agent-one", agentTaskId: "remote-1", contextId: "context-1", messageId: "m", ...row } as const;
  await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", token: "token-a", ...fields }) });
  runtime.onGet = () => ASKING;
  const give = (): Promise<void> => awaitAgent(runtime, { dispatch: runtime.dispatch("a"), answer: { messageId: "msg_1", input: { json: '"here"' } } });
  return { runtime, give };
}

describe("an answer to an agent's question", () => {
  it("goes to the agent's task as a new message in the same context, and its reply counts", async () => {
    const { runtime, give } = await answering();
    await give();
    expect(runtime.sent).toEqual([
      {
        agent: "agent-one",
        message: {
          messageId: "msg_1",
          contextId: "context-1",
          agentTaskId: "remote-1",
          data: { task: "a", input: "here" },
          metadata: { execution_id: EXECUTION, task_id: "a", attempt: 1, answers: "remote-1" },
          files: [],
          push: undefined,
        },
      },
    ]);
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: '{"ok":true}' } });
  });

  it.each([
    { what: "goes on with its work", found: { kind: "working", agentTaskId: "remote-1" }, state: "running" },
    { what: "is done", found: { kind: "completed", output: 1 }, state: "completed" },
    { what: "has failed", found: { kind: "failed", failure: { code: "AgentFailed", message: "no" }, retryable: false }, state: "failed" },
  ] as const)("is not given to one that $what: it may have it already", async ({ found, state }) => {
    const { runtime, give } = await answering();
    runtime.onGet = () => found;
    await give();
    expect(runtime.sent).toEqual([]);
    expect(runtime.record("a")?.state).toBe(state);
  });

  it.each([{ kind: "not_found" }, { kind: "unsupported" }, ASKING] as const)("is given to one that says $kind of its task", async (found) => {
    const { runtime, give } = await answering();
    runtime.onGet = () => found;
    await give();
    expect(runtime.sent).toHaveLength(1);
  });

  it("is not given when the attempt was sent anew", async () => {
    const { runtime, give } = await answering({ state: "dispatched", deadlineAt: "2026-11-21T10:05:00.000Z", agentTaskId: undefined, answer: undefined });
    await give();
    expect(runtime.sent).toEqual([]);
  });

  it.each([
    { what: "refused by its door", outcome: refused("AgentRefused") },
    { what: "refused for what it holds", outcome: refused("AgentRefusedContent") },
  ])("that is $what leaves the question open", async ({ outcome }) => {
    const { runtime, give } = await answering();
    runtime.onSend = () => outcome;
    await give();
    expect(runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which?"' } });
  });

  it("that is in doubt is looked after soon", async () => {
    const { runtime, give } = await answering();
    runtime.onSend = () => ({ kind: "in_doubt", reason: "cut" });
    await give();
    expect(runtime.record("a")?.state).toBe("running");
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 5 });
  });

  it("after which the agent fails has the task fail", async () => {
    const { runtime, give } = await answering();
    runtime.onSend = () => refused("AgentFailed");
    await give();
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "AgentFailed" } });
  });

  it.each([
    { what: "the task has ended", change: { state: "completed", output: { json: "2" } } },
    { what: "the next attempt is at work", change: { state: "running", attempt: 2 } },
  ] as const)("whose reply comes when $what changes nothing", async ({ change }) => {
    const { runtime, give } = await answering();
    runtime.onSend = () => {
      moveElsewhere(runtime, "a", change);
      return { kind: "completed", output: 1 };
    };
    await give();
    expect(runtime.record("a")).toMatchObject({ move: 3, ...change });
    expect(runtime.reports).toEqual([]);
  });
});
