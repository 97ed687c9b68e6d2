import { describe, expect, it } from "vitest";
import { awaitAgent } from "../../../../functions/await-agent/await-agent.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import type { AttemptOutcome, FoundAttempt } from "../../../../shared/agents/calls/agent-calls.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";

type Asked = Extract<AttemptOutcome, { kind: "input_required" }>;
const asks = (question: string, more: Partial<Asked> = {}): Asked => ({ kind: "input_required", agentTaskId: "remote-1", question, ...more });
const COLOUR = asks("which colour?", { askedIn: "ask-1" });
const SIZE = asks("which size?", { askedIn: "ask-2" });
const SIGN_IN = asks("sign in", { asksFor: "auth" });
const WORKING: AttemptOutcome = { kind: "working", agentTaskId: "remote-1" };
const DOUBT: AttemptOutcome = { kind: "in_doubt", reason: "no answer" };
const REFUSED: AttemptOutcome = { kind: "failed", failure: { code: "AgentRefused", message: "-32004: was answered" }, retryable: false };

/** A task whose agent asks, and whose question was answered; the answer is on its way. */
async function answered(question: Asked, input: unknown = "blue") {
  const api = new MemoryApi();
  const { runtime } = api;
  await runtime.submit();
  await api.register("agent-one");
  runtime.onSend = () => question;
  await dispatchTask(runtime, runtime.message("a"));
  runtime.onGet = () => question;
  const reply = await api.call("POST", `/api/v1/executions/${EXECUTION}/tasks/a/input`, { body: { input } });
  expect(reply.statusCode).toBe(202);
  runtime.sent.length = 0;
  const [message] = runtime.awaits.splice(0);
  if (message === undefined) throw new Error("no answer is on its way");
  return {
    runtime,
    deliver: () => awaitAgent(runtime, message),
    look: () => watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 }),
    push: () => settleTask(runtime, { dispatch: runtime.dispatch("a") }),
    answers: () => runtime.sent.map(({ message: sent }) => sent.data["input"]),
    credentials: () => [...runtime.bucket.objects.keys()].filter((key) => key.includes("credential")),
  };
}

describe("an answer on its way", () => {
  it("keeps its question closed: a look and a push find nothing new", async () => {
    const { runtime, look, push } = await answered(COLOUR);
    await look();
    await push();
    expect(runtime.record("a")).toMatchObject({ state: "running", answer: { input: { json: '"blue"' } } });
  });

  it("names the question that it answers, and is gone from the row when the agent has taken it", async () => {
    const { runtime, deliver, answers } = await answered(COLOUR);
    runtime.onSend = () => WORKING;
    await deliver();
    expect(answers()).toEqual(["blue"]);
    expect(runtime.sent[0]?.message.metadata).toMatchObject({ in_reply_to: "ask-1", answers: "remote-1" });
    expect(runtime.record("a")?.state).toBe("running");
    expect(runtime.record("a")?.answer).toBeUndefined();
  });

  it("is not given when its message comes again, nor when the agent went on by itself", async () => {
    const { runtime, deliver, answers } = await answered(COLOUR);
    runtime.onSend = () => WORKING;
    await deliver();
    await deliver();
    expect(answers()).toHaveLength(1);
    const other = await answered(COLOUR);
    other.runtime.onGet = () => WORKING;
    await other.look();
    other.runtime.onGet = () => COLOUR;
    await other.deliver();
    expect(other.answers()).toEqual([]);
  });

  it("is not given to the next question, when its own was answered elsewhere", async () => {
    const { runtime, deliver, answers } = await answered(COLOUR);
    runtime.onGet = () => SIZE;
    await deliver();
    expect(answers()).toEqual([]);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which size?"' } });
  });

  it("asks again when the agent refuses it, and when the agent repeats its question", async () => {
    const refused = await answered(COLOUR);
    refused.runtime.onSend = () => REFUSED;
    await refused.deliver();
    expect(refused.runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which colour?"' } });
    const repeated = await answered(COLOUR);
    repeated.runtime.onSend = () => COLOUR;
    await repeated.deliver();
    expect(repeated.runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which colour?"' } });
  });

  it("shows the question that came in place of the refused one", async () => {
    const { runtime, deliver } = await answered(COLOUR);
    runtime.onSend = () => {
      runtime.onGet = () => SIZE;
      return REFUSED;
    };
    await deliver();
    expect(runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which size?"' } });
  });

  it.each<[FoundAttempt["kind"], FoundAttempt]>([
    ["not_found", { kind: "not_found" }],
    ["in_doubt", DOUBT],
  ])("that was refused is left to the next look when nothing can be learnt: %s", async (_, found) => {
    const { runtime, deliver } = await answered(COLOUR);
    runtime.onSend = () => {
      runtime.onGet = () => found;
      return REFUSED;
    };
    await deliver();
    expect(runtime.record("a")?.state).toBe("running");
    expect(runtime.record("a")?.answer).toBeUndefined();
  });

  it("goes out again, as the same message, when it was lost or its send is in doubt, but not at once", async () => {
    const { runtime, look, deliver } = await answered(COLOUR);
    runtime.time += 29_000;
    await look();
    expect(runtime.awaits).toEqual([]);
    runtime.onSend = () => DOUBT;
    await deliver();
    expect(runtime.watches.at(-1)).toMatchObject({ delay: 5 });
    runtime.time += 5000;
    await look();
    const { answer } = runtime.record("a") ?? {};
    expect(runtime.awaits).toEqual([{ dispatch: runtime.dispatch("a"), answer: { messageId: answer?.messageId, input: answer?.input } }]);
  });

  it("is left alone while its send is open", async () => {
    const { runtime, look, deliver } = await answered(COLOUR);
    runtime.onSend = async () => {
      runtime.time += 60_000;
      await look();
      return WORKING;
    };
    await deliver();
    expect(runtime.awaits).toEqual([]);
  });
});

describe("a credential", () => {
  it("lies in no row and no message, and nowhere once the agent has it", async () => {
    const { runtime, deliver, answers, credentials } = await answered(SIGN_IN, "secret-token");
    expect(credentials()).toHaveLength(1);
    expect(JSON.stringify([runtime.record("a"), runtime.awaits, eventsIn(runtime.tables.changes)])).not.toContain("secret-token");
    runtime.onSend = () => WORKING;
    await deliver();
    expect(answers()).toEqual(["secret-token"]);
    expect(runtime.sent[0]?.message.isSecret).toBe(true);
    expect(credentials()).toEqual([]);
  });

  it("is not given a second time to an agent that asks the same again", async () => {
    const { runtime, deliver, answers, credentials } = await answered(SIGN_IN, "secret-token");
    for (const key of credentials()) runtime.bucket.objects.delete(key);
    await deliver();
    expect(answers()).toEqual([]);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", asksFor: "auth" });
  });

  it("is forgotten when the agent went on without it", async () => {
    const { runtime, deliver, answers, credentials } = await answered(SIGN_IN, "secret-token");
    runtime.onGet = () => WORKING;
    await deliver();
    expect([answers(), credentials()]).toEqual([[], []]);
  });
});
