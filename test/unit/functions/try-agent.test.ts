import { beforeEach, describe, expect, it } from "vitest";
import { tryAgent, type TryAgentDeps } from "../../../functions/try-agent/try-agent.ts";
import type { A2aClient, SendOutcome, SendTask } from "../../../shared/a2a/a2a-client.ts";
import type { HeardExchange } from "../../../shared/a2a/exchange-log.ts";
import type { TaskSnapshot } from "../../../shared/a2a/task-snapshot.ts";
import { AgentUnavailableError } from "../../../shared/a2a/errors.ts";
import { AGENT_LIMITS } from "../../../shared/agents/limits.ts";
import { loadTrial, saveTrial } from "../../../shared/agents/store/trial-store.ts";
import { TrialRequest, type TrialView } from "../../../shared/agents/views/trials.ts";
import { MemoryApi } from "../../fixtures/runtime/memory-api.ts";
import { START, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

const PATH = "/api/v1/agents/agent-one/try";
const task = (state: TaskSnapshot["state"], more: Partial<TaskSnapshot> = {}): SendOutcome => ({
  kind: "task",
  snapshot: { taskId: "t-1", contextId: "c-1", state, artifacts: [], messageIds: [], ...more },
  push: false,
});
const answered = { artifacts: [{ id: "a", parts: [{ kind: "text" as const, text: "42" }] }] };
const record = (body: string): HeardExchange => ({
  at: START,
  request: { target: { url: new URL("https://one.test/"), trusted: false }, method: "POST", headers: {}, body, timeoutMs: 1000, maxBytes: 1000 },
  durationMs: 3,
  outcome: { kind: "reply", status: 200, headers: {}, body },
  pieces: [],
});

let api: MemoryApi;
let sent: SendTask[];
let outcome: () => SendOutcome;
let looks: TaskSnapshot["state"][];
let body: string;
beforeEach(async () => {
  api = new MemoryApi();
  await api.register("agent-one");
  [sent, looks, body] = [[], [], "{}"];
  outcome = () => ({ kind: "message", parts: [{ kind: "text", text: "hello" }] });
});

function deps(): TryAgentDeps {
  return {
    agents: api.deps.agents,
    endpointOf: async () => ({ agentId: "agent-one", url: "https://one.test/" }),
    connect: (tell): A2aClient => ({
      ...api.deps.a2a,
      sendTask: async (_, send) => {
        sent.push(send);
        tell(record(body));
        return outcome();
      },
      getTask: async () => {
        tell(record(body));
        const state = looks.shift();
        const found = state === undefined ? undefined : task(state, state === "completed" ? answered : {});
        return found?.kind === "task" ? found.snapshot : "not-found";
      },
      close: () => {},
    }),
    now: () => api.runtime.time,
    sleep: async (milliseconds) => void (api.runtime.time += milliseconds),
  };
}

const post = (request: object): ReturnType<MemoryApi["call"]> => api.call("POST", PATH, { body: request });

describe("trying an agent", () => {
  beforeEach(() => {
    api.onTry = (order) => tryAgent(deps(), order);
  });

  it("sends the caller's own words once, and shows the answer with all that was sent and heard", async () => {
    const { statusCode, json, headers } = await post({ text: "hi", data: { n: 1 } });
    expect(sent).toMatchObject([{ parts: [{ kind: "text", text: "hi" }, { kind: "data", data: { n: 1 } }] }]);
    expect(sent[0]).not.toHaveProperty("push");
    expect({ statusCode, json }).toMatchObject({
      statusCode: 200,
      json: { agent_id: "agent-one", status: "completed", output: { text: "hello" }, exchanges_left_out: 0, exchanges: [{ duration_ms: 3, request: { method: "POST" } }] },
    });
    const again = await api.call("GET", String(headers?.["location"]));
    expect(again.json).toEqual(json);
  });

  it("follows a task to its end", async () => {
    outcome = () => task("working");
    looks = ["working", "completed"];
    expect((await post({ text: "hi" })).json).toMatchObject({ status: "completed", agent_task_id: "t-1", context_id: "c-1", exchanges: [{}, {}, {}] });
  });

  it.each<{ what: string; made: () => SendOutcome; json: object }>([
    { what: "asks back", made: () => task("input_required", { message: [{ kind: "text", text: "which?" }] }), json: { status: "input_required", output: { text: "which?" } } },
    { what: "asks for authorisation", made: () => task("auth_required", { message: [{ kind: "text", text: "log in" }] }), json: { status: "input_required", output: { text: "log in" } } },
    { what: "makes up an id without end", made: () => task("completed", { taskId: "x".repeat(AGENT_LIMITS.agentIdCharacters + 1) }), json: { status: "failed", failure: { code: "AgentRefused" } } },
    { what: "fails", made: () => task("failed", { message: [{ kind: "text", text: "no" }] }), json: { status: "failed", failure: { code: "AgentFailed", message: "no" } } },
    { what: "refuses", made: () => ({ kind: "refused", code: "-32602", message: "bad", retryable: false }), json: { status: "failed", failure: { code: "AgentRefusedContent", message: "-32602: bad" } } },
    { what: "is done without an answer", made: () => task("completed"), json: { status: "failed", output: {}, failure: { code: "EmptyAnswer" } } },
    { what: "says nothing", made: () => ({ kind: "in-doubt", reason: "no whole reply within 60000 ms" }), json: { status: "failed", failure: { code: "NoAnswer" } } },
    { what: "forgets its task", made: () => task("working"), json: { status: "failed", failure: { code: "AgentForgotTask" } } },
    {
      what: "cannot be reached",
      made: () => {
        throw new AgentUnavailableError("https://one.test/", "ECONNREFUSED");
      },
      json: { status: "failed", failure: { code: "AgentUnavailable" } },
    },
  ])("tells when the agent $what", async ({ made, json }) => {
    outcome = made;
    expect(await post({ text: "hi" })).toMatchObject({ statusCode: 200, json });
  });

  it("gives up when the time is over", async () => {
    outcome = () => task("working");
    looks = Array.from({ length: 1000 }, () => "working");
    const { json } = await post({ text: "hi", timeout_seconds: 10 });
    expect(json).toMatchObject({ status: "timed_out", started_at: new Date(START).toISOString(), ended_at: new Date(START + 10_000).toISOString() });
  });

  it("keeps the first and the last exchanges of many, and bodies only as far as they fit", async () => {
    outcome = () => task("working");
    looks = [...Array.from({ length: 40 }, () => "working" as const), "completed"];
    body = "x".repeat(19_000);
    const { json } = await post({ text: "hi", timeout_seconds: 600 });
    expect(json).toMatchObject({ status: "completed", exchanges_left_out: 42 - 2 * AGENT_LIMITS.trialExchanges });
    expect(JSON.stringify(json).length).toBeLessThan(AGENT_LIMITS.trialBytes);
  });

  it("is done once, however often the order comes", async () => {
    let order: Parameters<typeof tryAgent>[1] | undefined;
    api.onTry = async (given) => {
      order = given;
      await tryAgent(deps(), given);
    };
    await post({ text: "hi" });
    if (order !== undefined) await tryAgent(deps(), order);
    expect(sent).toHaveLength(1);
  });

  it("is refused without words, and for agents of others", async () => {
    expect((await post({})).statusCode).toBe(400);
    expect((await post({ text: "hi", timeout_seconds: 871 })).statusCode).toBe(400);
    expect((await api.call("POST", "/api/v1/agents/agent-two/try", { body: { text: "hi" } })).statusCode).toBe(404);
    expect((await api.call("POST", PATH, { body: { text: "hi" }, tenant: "other" })).statusCode).toBe(404);
    expect(sent).toEqual([]);
  });
});

it("answers 202 when it takes longer than the caller is kept waiting", async () => {
  const { statusCode, json, headers } = await post({ text: "hi" });
  expect({ statusCode, json }).toMatchObject({ statusCode: 202, json: { status: "running", exchanges: [] } });
  expect(api.runtime.time - START).toBeGreaterThanOrEqual(AGENT_LIMITS.trialPatienceMs);
  const trialId = String(json["trial_id"]);
  expect(headers?.["location"]).toBe(`/api/v1/agents/agent-one/trials/${trialId}`);
  const order = { tenant: TENANT, agentId: "agent-one", trialId, request: TrialRequest.parse({ text: "hi" }) };
  await tryAgent(deps(), order);
  expect((await api.call("GET", String(headers?.["location"]))).json).toMatchObject({ status: "completed" });
});

it("says that something of ours broke, and no more", async () => {
  const trial: TrialView = { trial_id: "trial_1", agent_id: "agent-one", status: "running", started_at: new Date(START).toISOString(), exchanges: [], exchanges_left_out: 0 };
  await saveTrial(api.deps.agents, TENANT, trial);
  outcome = () => {
    throw new TypeError("a secret of ours");
  };
  const order = { tenant: TENANT, agentId: "agent-one", trialId: "trial_1", request: TrialRequest.parse({ text: "hi" }) };
  await expect(tryAgent(deps(), order)).rejects.toThrow("a secret of ours");
  expect(await loadTrial(api.deps.agents, order)).toMatchObject({ status: "failed", failure: { code: "InternalError", message: "internal error" } });
});
