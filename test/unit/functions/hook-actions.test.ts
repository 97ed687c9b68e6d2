import { beforeEach, describe, expect, it } from "vitest";
import { runHooks } from "../../../functions/run-hooks/run-hooks.ts";
import type { AttemptOutcome, FoundAttempt } from "../../../shared/agents/calls/agent-calls.ts";
import { exampleEvent } from "../../../shared/hooks/example-event.ts";
import { type HookRun, runIdOf } from "../../../shared/hooks/hook-run.ts";
import { roleFact } from "../../../shared/hooks/role-fact.ts";
import { demandOf, RoleFact } from "../../../shared/hooks/task-role.ts";
import { saveHook } from "../../../shared/hooks/store/hook-store.ts";
import { loadRuns } from "../../../shared/hooks/store/run-store.ts";
import { hookLike, HookWorld, orderOf } from "../../fixtures/runtime/hook-kit.ts";
import { agentOf } from "../../fixtures/runtime/memory-runtime.ts";

const ORDER = orderOf("hook_1");

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});

async function run(action: object, more: object = {}): Promise<HookRun | undefined> {
  await saveHook(world.control, "acme", { hook: hookLike({ retry_policy: { max_attempts: 1 }, action, ...more }) });
  await runHooks(world.deps, ORDER);
  const id = runIdOf(ORDER.event, "hook_1");
  return (await loadRuns(world.control, "acme", [id])).get(id)?.run;
}

describe("a function of the account", () => {
  const calling = (name: string) => run({ type: "function", function: `lambda:${name}`, args: ["x"] });

  it("is told what happened and with which arguments, and its result is the run's", async () => {
    const told: string[] = [];
    Object.assign(world.deps, {
      invoke: async (name: string, payload: string) => {
        told.push(name, payload);
        return { payload: '{"kept":true}', failed: false };
      },
    });
    expect(await calling("audit-trail")).toMatchObject({ status: "completed", output: { kept: true } });
    expect([told[0], JSON.parse(told[1] ?? "")]).toMatchObject(["audit-trail", { type: "task.completed", args: ["x"], data: { task_id: "fetch" } }]);
  });

  it.each([
    { payload: "", failed: false, status: "completed", output: null },
    { payload: '{"errorMessage":"no room"}', failed: true, status: "failed", says: "'audit-trail' failed: no room" },
    { payload: "null", failed: true, status: "failed", says: "it said nothing" },
  ])("that answers '$payload' is $status", async ({ payload, failed, status, says, output }) => {
    Object.assign(world.deps, { invoke: async () => ({ payload, failed }) });
    const found = await calling("audit-trail");
    expect(found?.status).toBe(status);
    if (says !== undefined) expect(found?.error?.message).toContain(says);
    if (output !== undefined) expect(found?.output).toBe(output);
  });

  it("is called only where the deployment allows it, also if it did when the hook was registered", async () => {
    expect(await calling("gone")).toMatchObject({ status: "failed", error: { code: "FunctionNotAllowed" } });
  });
});

describe("an agent", () => {
  const asking = (instruction?: string) => run({ type: "agent", agent_id: "agent-words", ...(instruction === undefined ? {} : { instruction }) });
  const answering = (...answers: readonly (AttemptOutcome | FoundAttempt)[]): string[] => {
    const [asked, left] = [[] as string[], [...answers]];
    const next = (what: string) => async (_: unknown, about: { data?: { description?: string } } | string) => {
      asked.push(typeof about === "string" ? `${what} ${about}` : `${what} ${about.data?.description ?? ""}`);
      return left.shift() ?? { kind: "completed", output: null };
    };
    Object.assign(world.deps, { agent: () => Promise.resolve(agentOf("agent-words")), calls: { ...world.deps.calls, send: next("send"), get: next("get"), find: next("find") } });
    return asked;
  };

  it("is sent the event and looked at until it is done", async () => {
    const asked = answering({ kind: "working", agentTaskId: "t1" }, { kind: "working", agentTaskId: "t1" }, { kind: "completed", output: "words" });
    expect(await asking("say it")).toMatchObject({ status: "completed", output: "words" });
    expect(asked).toEqual(["send say it", "get t1", "get t1"]);
  });

  it("is looked for by its message when a send is in doubt", async () => {
    const asked = answering({ kind: "in_doubt", reason: "hung up" }, { kind: "completed", output: 1 });
    expect(await asking()).toMatchObject({ status: "completed", output: 1 });
    expect(asked[0]).toContain("'task.completed' happened");
    expect(asked[1]).toMatch(/^find /);
  });

  it.each([
    { answer: { kind: "failed" as const, failure: { code: "AgentFailed", message: "no" }, retryable: false }, code: "AgentFailed" },
    { answer: { kind: "input_required" as const, agentTaskId: "t1", question: null }, code: "AgentAsks" },
    { answer: { kind: "not_found" as const }, code: "AgentForgotTask" },
    { answer: { kind: "unsupported" as const }, code: "NoAnswer" },
  ])("that does not do it fails the hook: $code", async ({ answer, code }) => {
    answering({ kind: "working", agentTaskId: "t1" }, answer);
    expect(await asking()).toMatchObject({ status: "failed", error: { code } });
  });

  it("that is not registered fails the hook", async () => {
    expect(await asking()).toMatchObject({ status: "failed", error: { code: "UnknownAgent" } });
  });
});

describe("what hooks are told of a task's role", () => {
  it.each([
    { capabilities: ["a"] },
    { capabilities: ["a"], agentId: "agent-1", tags: ["gpu"], agentVersion: ">=1.0.0", minTrustScore: 3, minHealthScore: 0.5 },
  ])("comes back as what agents are measured by: %j", (given) => {
    const role = { type: "", count: 1, resources: {}, ...given };
    expect(demandOf(RoleFact.parse(roleFact(role)), "a")).toEqual({ skill: "a", role: { agentId: undefined, tags: undefined, agentVersion: undefined, minTrustScore: undefined, minHealthScore: undefined, ...role } });
  });
});

describe("an event made up by a person", () => {
  const of = (trigger: string, context: Record<string, unknown> = {}) => exampleEvent(hookLike({ trigger }), { tenant: "acme", id: "run_1", at: "2026-11-21T10:00:00.000Z", context }).type;

  it("is the usual one of the trigger, unless it is named", () => {
    expect([of("post_edit"), of("pre_workflow"), of("pre_task"), of("notification", { event: "agent.registered" })]).toEqual(["task.made", "workflow.starting", "pre_task", "agent.registered"]);
  });
});
