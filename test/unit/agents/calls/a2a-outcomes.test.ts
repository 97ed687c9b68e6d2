import { describe, expect, it } from "vitest";
import { type A2aClient, createA2aClient } from "../../../../shared/a2a/a2a-client.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../../../shared/a2a/errors.ts";
import type { TaskSnapshot } from "../../../../shared/a2a/task-snapshot.ts";
import { a2aCalls, outcomeOfSend, outcomeOfTask } from "../../../../shared/agents/calls/a2a-calls.ts";
import type { AttemptMessage } from "../../../../shared/agents/calls/agent-calls.ts";
import { agentOf } from "../../../fixtures/runtime/memory-runtime.ts";

const message: AttemptMessage = { messageId: "m", contextId: "c", data: { task: "a" }, metadata: {}, files: [], push: undefined };
const snapshot = (more: Partial<TaskSnapshot> = {}): TaskSnapshot => ({ taskId: "t", state: "working", artifacts: [], messageIds: [], ...more });
const text = (said: string) => [{ kind: "text", text: said } as const];
const callsWith = (client: Partial<A2aClient>, callSeconds?: number) => a2aCalls({ ...createA2aClient({}), ...client }, async () => ({}), callSeconds);

describe("where a task of an agent stands", () => {
  it.each([
    { state: "submitted", becomes: { kind: "working", agentTaskId: "t" } },
    { state: "working", becomes: { kind: "working", agentTaskId: "t", pushes: true } },
    { state: "canceled", becomes: { kind: "failed", failure: { code: "AgentCanceled", message: "the agent gave no reason" }, retryable: false } },
    { state: "rejected", message: text("not mine"), becomes: { kind: "failed", failure: { code: "AgentRejected", message: "not mine" }, retryable: false } },
    { state: "failed", message: text("broken"), becomes: { kind: "failed", failure: { code: "AgentFailed", message: "broken" }, retryable: true } },
    { state: "input_required", message: text("which?"), becomes: { kind: "input_required", question: { text: "which?" } } },
    { state: "unknown", stateName: "NAPPING", message: text("zzz"), becomes: { kind: "input_required", asksFor: "unknown", question: { state: "NAPPING", message: { text: "zzz" } } } },
  ] as const)("$state is told as what it means", ({ becomes, ...more }) => {
    expect(outcomeOfTask(snapshot(more), true)).toMatchObject(becomes);
  });

  it("has its answer, what was used up for it, and says when there is none", () => {
    const usage = { cost: 1, tokens: 9 };
    const done = outcomeOfTask(snapshot({ state: "completed", artifacts: [{ id: "x", parts: [{ kind: "data", data: { n: 1 } }] }], usage }));
    expect(done).toEqual({ kind: "completed", output: { n: 1 }, agentTaskId: "t", usage });
    const empty = outcomeOfTask(snapshot({ state: "completed" }));
    expect(empty).toMatchObject({ kind: "completed", isEmpty: true });
    expect(empty).not.toHaveProperty("usage");
  });

  it("belongs to the context that the agent names, if that is no endless one", () => {
    expect(outcomeOfTask(snapshot({ contextId: "theirs" }))).toMatchObject({ contextId: "theirs" });
    expect(outcomeOfTask(snapshot({ contextId: "x".repeat(5000) }))).toMatchObject({ contextId: undefined });
    expect(outcomeOfTask(snapshot())).toMatchObject({ contextId: undefined });
  });
});

describe("what became of a send", () => {
  it("is done where the agent answers with a message, empty or not", () => {
    expect(outcomeOfSend({ kind: "message", parts: text("hello") })).toEqual({ kind: "completed", output: { text: "hello" } });
    expect(outcomeOfSend({ kind: "message", parts: [] })).toMatchObject({ kind: "completed", isEmpty: true });
  });

  it.each([
    { code: "HTTP 429", retryAfterMs: undefined, isThrottled: true },
    { code: "HTTP 503", retryAfterMs: 1000, isThrottled: true },
    { code: "HTTP 503", retryAfterMs: undefined, isThrottled: undefined },
    { code: "HTTP 500", retryAfterMs: 1000, isThrottled: undefined },
  ])("is a call to slow down for $code with a time of $retryAfterMs ms: $isThrottled", ({ code, retryAfterMs, isThrottled }) => {
    const outcome = outcomeOfSend({ kind: "refused", code, message: "no", retryable: true, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    expect(outcome).toMatchObject({ kind: "failed", retryAfterSeconds: retryAfterMs === undefined ? undefined : 1 });
    expect("isThrottled" in outcome ? outcome.isThrottled : undefined).toBe(isThrottled);
  });
});

describe("a send", () => {
  it("waits as long as its task may take, and no longer than a call may", async () => {
    const waits: unknown[] = [];
    const calls = callsWith({ sendTask: async (_, { timeoutMs, taskId, push }) => (waits.push([timeoutMs, taskId, push]), { kind: "task", snapshot: snapshot(), push: false }) }, 20);
    await calls.send(agentOf("agent-a"), message);
    await calls.send(agentOf("agent-a"), { ...message, timeoutMs: 5000, agentTaskId: "t", push: { url: "https://p.test", token: "x" } });
    await calls.send(agentOf("agent-a"), { ...message, timeoutMs: 90_000 });
    expect(waits).toEqual([[20_000, undefined, undefined], [5000, "t", { url: "https://p.test", token: "x" }], [20_000, undefined, undefined]]);
  });

  it("tells whoever is patient of work that goes on, and of nothing else", async () => {
    const told: unknown[] = [];
    const calls = callsWith({
      sendTask: async (_, { timeoutMs, onTask }) => {
        for (const state of ["submitted", "working", "completed", "failed"] as const) onTask?.(snapshot({ state }));
        expect(timeoutMs).toBe(870_000);
        return { kind: "in-doubt", reason: "cut" };
      },
    });
    const patience = { seconds: 870, stream: true, onTask: ({ agentTaskId }: { agentTaskId: string }) => void told.push(agentTaskId), signal: new AbortController().signal };
    expect(await calls.send(agentOf("agent-a"), message, patience)).toEqual({ kind: "in_doubt", reason: "cut" });
    expect(told).toEqual(["t", "t"]);
  });

  it("whose task is done, and cannot be asked for its answer, counts as at work", async () => {
    const done = { kind: "task", snapshot: snapshot({ state: "completed" }), push: true } as const;
    const asking = (error: Error) => {
      const getTask = async (): Promise<never> => {
        throw error;
      };
      return callsWith({ sendTask: async () => done, getTask }).send(agentOf("agent-a"), message);
    };
    expect(await asking(new AgentUnavailableError("agent-a", "down"))).toMatchObject({ kind: "working", pushes: false });
    await expect(asking(new TypeError("ours"))).rejects.toThrow("ours");
  });
});

describe("a look at a task", () => {
  it.each([
    { what: "that the agent does not have", found: "not-found", becomes: { kind: "not_found" } },
    { what: "that it works on", found: snapshot(), becomes: { kind: "working" } },
  ] as const)("$what", async ({ found, becomes }) => {
    const calls = callsWith({ getTask: async () => found, findTask: async () => found });
    expect(await calls.get(agentOf("agent-a"), "t")).toMatchObject(becomes);
    expect(await calls.find(agentOf("agent-a"), { contextId: "c", messageId: "m" })).toMatchObject(becomes);
  });

  it("says that an agent lists none, and that it refused to be asked", async () => {
    expect(await callsWith({ findTask: async () => "unsupported" }).find(agentOf("agent-a"), { contextId: "c", messageId: "m" })).toEqual({ kind: "unsupported" });
    const refused = callsWith({ getTask: () => Promise.reject(new AgentRefusedError("agent-a", "-32602", "bad")) });
    expect(await refused.get(agentOf("agent-a"), "t")).toMatchObject({ kind: "failed", failure: { code: "AgentRefused" } });
  });

  it("passes on our own defects when agents are asked to list", async () => {
    await expect(callsWith({ findTask: () => Promise.reject(new TypeError("ours")) }).find(agentOf("agent-a"), { contextId: "c", messageId: "m" })).rejects.toThrow("ours");
  });
});

describe("calling a task off", () => {
  it("is done where it can be, and no more than tried where it cannot", async () => {
    const cancelled: string[] = [];
    await callsWith({ cancelTask: async (_, id) => (cancelled.push(id), snapshot({ state: "canceled" })) }).cancel(agentOf("agent-a"), "t");
    expect(cancelled).toEqual(["t"]);
    await callsWith({ cancelTask: () => Promise.reject(new AgentUnavailableError("agent-a", "down")) }).cancel(agentOf("agent-a"), "t");
    await expect(callsWith({ cancelTask: () => Promise.reject(new TypeError("ours")) }).cancel(agentOf("agent-a"), "t")).rejects.toThrow("ours");
  });
});
