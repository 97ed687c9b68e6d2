import { describe, expect, it } from "vitest";
import { type A2aClient, createA2aClient, type SendOutcome } from "../../../../shared/a2a/a2a-client.ts";
import { AgentRefusedError, AgentUnavailableError, InvalidAgentCardError } from "../../../../shared/a2a/errors.ts";
import type { TaskSnapshot } from "../../../../shared/a2a/task-snapshot.ts";
import { AgentSecretError } from "../../../../shared/agents/store/secrets.ts";
import { a2aCalls } from "../../../../shared/agents/calls/a2a-calls.ts";
import type { AttemptMessage } from "../../../../shared/agents/calls/agent-calls.ts";
import { agentOf } from "../../../fixtures/runtime/memory-runtime.ts";

const MINE = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/acme/key-AbCdEf";
const message: AttemptMessage = { messageId: "m", contextId: "c", data: { task: "a" }, metadata: {}, files: [], push: undefined };
const snapshot = (more: Partial<TaskSnapshot> = {}): TaskSnapshot => ({ taskId: "t", state: "working", artifacts: [], messageIds: [], ...more });

function callsWith(client: Partial<A2aClient>, secret: unknown = { scheme: "bearer", token: "x" }) {
  const read: string[] = [];
  const calls = a2aCalls({ ...createA2aClient({}), ...client }, async (arn) => {
    read.push(arn);
    if (secret instanceof Error) throw secret;
    return secret;
  });
  return { calls, read };
}

describe("a2aCalls.send", () => {
  const send = (outcome: SendOutcome | Error) =>
    callsWith({ sendTask: async () => { if (outcome instanceof Error) throw outcome; return outcome; } }).calls.send(agentOf("agent-a"), message);

  it.each([
    { says: "a working task", outcome: { kind: "task", snapshot: snapshot({ contextId: "theirs" }), push: true } as const, becomes: { kind: "working", agentTaskId: "t", contextId: "theirs", pushes: true } },
    { says: "a failed task", outcome: { kind: "task", snapshot: snapshot({ state: "failed" }), push: false } as const, becomes: { kind: "failed", retryable: true, failure: { code: "AgentFailed" } } },
    { says: "a rejected task", outcome: { kind: "task", snapshot: snapshot({ state: "rejected" }), push: false } as const, becomes: { kind: "failed", retryable: false, failure: { code: "AgentRejected" } } },
    { says: "that it made something before it failed", outcome: { kind: "task", snapshot: snapshot({ state: "failed", artifacts: [{ id: "x", parts: [{ kind: "text", text: "half" }] }] }), push: false } as const, becomes: { kind: "failed", partial: { text: "half" } } },
    { says: "that it waits for authorisation", outcome: { kind: "task", snapshot: snapshot({ state: "auth_required", message: [{ kind: "text", text: "log in at …" }] }), push: false } as const, becomes: { kind: "input_required", asksFor: "auth", question: { text: "log in at …" } } },
    { says: "a state that nobody knows", outcome: { kind: "task", snapshot: snapshot({ state: "unknown", stateName: "TASK_STATE_NAPPING" }), push: false } as const, becomes: { kind: "input_required", asksFor: "unknown", question: { state: "TASK_STATE_NAPPING" } } },
    { says: "that it does not know its state", outcome: { kind: "task", snapshot: snapshot({ state: "unknown" }), push: false } as const, becomes: { kind: "working" } },
    { says: "a task under an endless id", outcome: { kind: "task", snapshot: snapshot({ taskId: "x".repeat(5000) }), push: false } as const, becomes: { kind: "failed", retryable: false } },
    { says: "a refusal for now", outcome: { kind: "refused", code: "HTTP 429", message: "slow", retryable: true, retryAfterMs: 7000 } as const, becomes: { kind: "failed", retryable: true, retryAfterSeconds: 7 } },
    { says: "nothing", outcome: { kind: "in-doubt", reason: "silence" } as const, becomes: { kind: "in_doubt" } },
    { says: "that it cannot be reached", outcome: new AgentUnavailableError("agent-a", "no route"), becomes: { kind: "failed", retryable: true } },
    { says: "what is no card", outcome: new InvalidAgentCardError("https://a", "html"), becomes: { kind: "failed", retryable: false } },
  ])("tells what became of it when the agent says $says", async ({ outcome, becomes }) => {
    expect(await send(outcome)).toMatchObject(becomes);
  });
});

describe("credentials", () => {
  const agent = agentOf("agent-a", { credential_secret_arn: MINE });

  it.each([
    { what: "has no known scheme", secret: { scheme: "magic" } },
    { what: "is empty", secret: null },
    { what: "cannot be read", secret: new AgentSecretError(MINE, "ResourceNotFoundException") },
  ])("fail the attempt, not the worker, when the secret $what", async ({ secret }) => {
    const { calls } = callsWith({ sendTask: () => Promise.reject(new Error("must not be called")) }, secret);
    expect(await calls.send(agent, message)).toMatchObject({ kind: "failed", retryable: false, failure: { code: "AgentSecretUnusable" } });
  });

  it.each([
    "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/victim/key-AbCdEf",
    "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/acme-2/key-AbCdEf",
    "arn:aws:secretsmanager:eu-central-1:1:secret:prod/database",
    "arn:aws:secretsmanager",
  ])("of another owner are not even read: %s", async (arn) => {
    const { calls, read } = callsWith({});
    expect(await calls.send(agentOf("agent-a", { credential_secret_arn: arn }), message)).toMatchObject({ failure: { code: "AgentSecretUnusable" } });
    expect(read).toEqual([]);
  });
});

describe("reading calls", () => {
  it("say that nothing is known when the agent refuses to list", async () => {
    const { calls } = callsWith({ findTask: () => Promise.reject(new AgentRefusedError("agent-a", "-32602", "bad params")) });
    expect(await calls.find(agentOf("agent-a"), { contextId: "c", messageId: "m" })).toEqual({ kind: "unsupported" });
  });

  it("leave the matter open when the agent cannot be reached", async () => {
    const { calls } = callsWith({ getTask: () => Promise.reject(new AgentUnavailableError("agent-a", "down")) });
    expect(await calls.get(agentOf("agent-a"), "t")).toMatchObject({ kind: "in_doubt" });
  });

  it("do not hide our own defects", async () => {
    const { calls } = callsWith({ getTask: () => Promise.reject(new TypeError("ours")) });
    await expect(calls.get(agentOf("agent-a"), "t")).rejects.toThrow("ours");
  });
});
