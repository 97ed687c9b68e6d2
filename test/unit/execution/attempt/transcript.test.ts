import { beforeEach, describe, expect, it } from "vitest";
import { awaitAgent } from "../../../../functions/await-agent/await-agent.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { loggedExchange } from "../../../../shared/a2a/exchange-log.ts";
import type { AttemptMessage, AttemptOutcome, FoundAttempt } from "../../../../shared/agents/calls/agent-calls.ts";
import { hearExchange, transcriptName } from "../../../../shared/execution/attempt/transcript.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import { storeJson } from "../../../../shared/execution/store/payload-store.ts";
import { attemptPayload } from "../../../../shared/execution/task/payload-keys.ts";
import type { TranscriptEntry } from "../../../../shared/execution/views/transcripts.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const ONCE = { retry_policy: { max_attempts: 1 } };
const WORKING: AttemptOutcome = { kind: "working", agentTaskId: "t" };
const FAILED: AttemptOutcome = { kind: "failed", failure: { code: "AgentFailed", message: "no" }, retryable: false };
const DONE: AttemptOutcome = { kind: "completed", output: { text: "42" }, agentTaskId: "t", usage: { cost: 2, tokens: 30 } };

/** One exchange over HTTP, as a client of ours makes it. */
async function exchange(runtime: MemoryRuntime, message?: AttemptMessage, said = '{"ok":true}'): Promise<void> {
  const reply = async () => ({ kind: "reply" as const, status: 200, headers: {}, body: said });
  const headers = { authorization: "Bearer s3cret-value" };
  const request = { target: { url: new URL("https://agent-one.test/"), trusted: false }, method: "POST" as const, headers, timeoutMs: 1, maxBytes: 1 };
  const body = message === undefined ? "{}" : JSON.stringify({ id: message.messageId, push: message.push?.token });
  await loggedExchange(Object.assign(reply, { close: () => {} }), hearExchange, () => runtime.time)({ ...request, body });
}

/** A run of one task whose agent says this to the send, and then this to every look. */
async function worldOf(said: AttemptOutcome, heard: FoundAttempt = DONE, { shape = {}, stage = "failures" as const }: { shape?: object; stage?: "always" | "failures" } = {}) {
  const runtime = new MemoryRuntime(planOf([task("a", [], { ...ONCE, ...shape })]));
  runtime.transcripts = stage;
  runtime.pushBaseUrl = "https://us.test";
  runtime.registry = runtime.registry.map((agent) => ({ ...agent, supports_push: true }));
  runtime.onSend = async (message) => {
    await exchange(runtime, message);
    return said;
  };
  runtime.onGet = async () => {
    await exchange(runtime);
    return heard;
  };
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  const look = async (seconds = 1): Promise<void> => {
    runtime.time += seconds * 1000;
    const [next] = runtime.watches.splice(0);
    if (next !== undefined) await watchTask(runtime, next.message);
  };
  return { runtime, look };
}

const keptOf = ({ bucket }: MemoryRuntime): TranscriptEntry[] =>
  [...bucket.objects].filter(([key]) => key.includes("/transcript/")).map(([, text]) => JSON.parse(text));

describe("a transcript", () => {
  it("of an attempt that goes well is kept only where task or deployment want it", async () => {
    const kept = async (how: Parameters<typeof worldOf>[2]): Promise<number> => keptOf((await worldOf(DONE, DONE, how)).runtime).length;
    expect(await kept({})).toBe(0);
    expect(await kept({ shape: { transcript: "always" } })).toBe(1);
    expect(await kept({ stage: "always" })).toBe(1);
    expect(await kept({ stage: "always", shape: { transcript: "failures" } })).toBe(0);
  });

  it("shows what was sent and heard, the use and the time, and no secret", async () => {
    const { runtime } = await worldOf(DONE, DONE, { stage: "always" });
    const [entry] = keptOf(runtime);
    const { messageId = "", push } = runtime.sent[0]?.message ?? {};
    expect(entry).toMatchObject({ agent_id: "agent-one", act: "send", outcome: "completed", usage: { cost: 2, tokens: 30 }, duration_ms: 0, exchanges: [{ request: { headers: { authorization: "[hidden]" } }, reply: { status: 200, body: '{"ok":true}' } }] });
    expect(entry?.exchanges[0]?.request.body).toBe(`{"id":"${messageId}","push":"[hidden]"}`);
    expect(push?.token).toBe("secret-1");
    expect(JSON.stringify(entry)).not.toMatch(/secret-1|s3cret-value/);
  });

  it("costs no row and no write", async () => {
    const changes = async (stage: "always" | "failures") => (await worldOf(DONE, DONE, { stage })).runtime.tables.changes.length;
    expect(await changes("always")).toBe(await changes("failures"));
  });

  it.each<{ what: string; said: AttemptOutcome }>([
    { what: "fails at once", said: FAILED },
    { what: "is in doubt", said: { kind: "in_doubt", reason: "silence" } },
    { what: "has an answer that cannot be read", said: { kind: "completed", output: {}, isEmpty: true } },
  ])("of an attempt that $what is kept always, with its send", async ({ said }) => {
    expect(keptOf((await worldOf(said)).runtime)).toMatchObject([{ act: "send", outcome: said.kind, exchanges: [{}] }]);
  });

  it("of an attempt that fails later says what had been sent, made anew", async () => {
    const { runtime, look } = await worldOf(WORKING, FAILED);
    expect(keptOf(runtime)).toEqual([]);
    await look();
    expect(keptOf(runtime)).toMatchObject([
      { act: "look", outcome: "failed", failure: { code: "AgentFailed" }, exchanges: [{}], sent: [{ kind: "text", text: expect.stringContaining("Do the task 'a'.") }, { kind: "data", data: { task: "a", input: { greeting: "hello" } } }] },
    ]);
  });

  it("of an attempt whose time is up says what the agent said at the end", async () => {
    const { runtime, look } = await worldOf(WORKING, WORKING);
    await look(61);
    expect(runtime.record("a")).toMatchObject({ failure: { code: "TaskTimedOut" } });
    expect(keptOf(runtime)).toMatchObject([{ act: "give_up", outcome: "working", exchanges: [{}], sent: [{}, {}] }]);
  });

  it("of an attempt that fails later leaves out what had been sent when that alone would fill it", async () => {
    const { runtime, look } = await worldOf(WORKING, FAILED, { shape: { input: { text: "x".repeat(EXECUTION_LIMITS.transcriptBytes / 2) } } });
    await look();
    expect(keptOf(runtime)).toMatchObject([{ act: "look", exchanges: [{}], sent: [expect.stringMatching(/^\(left out: \d{6} bytes\)$/)] }]);
  });

  it("of an answer that is a credential shows it nowhere, however deep it stands, and not where the agent repeats it", async () => {
    const api = new MemoryApi();
    const { runtime } = api;
    await runtime.submit();
    await api.register("agent-one");
    runtime.transcripts = "always";
    const asks: AttemptOutcome = { kind: "input_required", agentTaskId: "t", question: "sign in", asksFor: "auth" };
    runtime.onSend = () => asks;
    await dispatchTask(runtime, runtime.message("a"));
    runtime.onGet = () => asks;
    const input = { pin: 4711, ways: [{ key: "key-of-somebody" }, null] };
    await api.call("POST", `/api/v1/executions/${EXECUTION}/tasks/a/input`, { body: { input } });
    runtime.onSend = async (message) => {
      await exchange(runtime, message, '{"signed in with":"key-of-somebody"}');
      return DONE;
    };
    for (const message of runtime.awaits.splice(0)) await awaitAgent(runtime, message);
    const entry = keptOf(runtime).find(({ act }) => act === "answer");
    expect(entry?.exchanges).toMatchObject([{ request: { body: "(left out: it holds a credential)" }, reply: { body: '{"signed in with":"[hidden]"}' } }]);
    expect(JSON.stringify(keptOf(runtime))).not.toMatch(/key-of-somebody|4711/);
  });

  it("leaves out looks that show nothing new", async () => {
    const { runtime, look } = await worldOf(WORKING, WORKING, { stage: "always" });
    await look();
    await look();
    expect(keptOf(runtime).map(({ act }) => act)).toEqual(["send"]);
    runtime.onGet = () => DONE;
    await look();
    expect(keptOf(runtime).map(({ act, outcome }) => `${act} ${outcome}`)).toEqual(["send working", "look completed"]);
  });

  it("that cannot be kept does not touch the attempt", async () => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { ...ONCE, transcript: "always" })]));
    runtime.onSend = () => {
      // What is small needs no bucket: this is the transcript's own call.
      Object.assign(runtime.payloads, { bucket: "payloads", s3: { send: () => Promise.reject(new Error("AccessDenied")) } });
      return DONE;
    };
    await runtime.submit();
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "completed" });
  });
});

describe("GET …/attempts/{n}/transcript", () => {
  let api: MemoryApi;
  const path = (attempt: number | string, name = "a") => `/api/v1/executions/${EXECUTION}/tasks/${name}/attempts/${attempt}/transcript`;
  const entry = (minute: number): TranscriptEntry => ({ at: `2026-11-21T10:${String(minute).padStart(2, "0")}:00.000Z`, duration_ms: 1, agent_id: "agent-one", act: "look", outcome: "failed", exchanges: [], exchanges_left_out: 0 });
  beforeEach(async () => {
    api = new MemoryApi();
    await api.deploy();
    await api.runtime.submit();
    await dispatchTask(api.runtime, api.runtime.message("a"));
  });

  it("shows the first and the last entries in their order", async () => {
    const most = EXECUTION_LIMITS.transcriptEntries;
    for (let minute = most + 3; minute > 0; minute -= 1) {
      await storeJson(api.deps.payloads, attemptPayload(api.runtime.dispatch("a"), transcriptName(entry(minute))), JSON.stringify(entry(minute)));
    }
    const { statusCode, json } = await api.call("GET", path(1));
    expect({ statusCode, json }).toMatchObject({ statusCode: 200, json: { task_id: "a", attempt: 1, entries_left_out: 3 } });
    const minutes = Array.from({ length: most }, (_, index) => (index < most / 2 ? index + 1 : index + 4));
    expect(json["entries"]).toEqual(minutes.map(entry));
  });

  it("is empty where nothing was kept", async () => {
    expect((await api.call("GET", path(1))).json).toMatchObject({ entries: [], entries_left_out: 0 });
  });

  it.each([2, 0, "one", "1e1", "01"])("knows no attempt %s", async (attempt) => {
    expect((await api.call("GET", path(attempt))).statusCode).toBe(404);
  });

  it("knows no task that was not looked at, and needs the right to read executions", async () => {
    expect((await api.call("GET", path(1, "zz"))).statusCode).toBe(404);
    expect((await api.call("GET", path(1), { roles: "agent" })).statusCode).toBe(403);
  });
});
