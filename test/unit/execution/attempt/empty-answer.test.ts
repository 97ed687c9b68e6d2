import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { createA2aClient, type A2aClient } from "../../../../shared/a2a/a2a-client.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../../../shared/a2a/errors.ts";
import { WireTask } from "../../../../shared/a2a/task-snapshot.ts";
import { a2aCalls } from "../../../../shared/agents/calls/a2a-calls.ts";
import type { OnEmptyAnswer } from "../../../../shared/workflow/definition/task-definition.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { agentOf, MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

/** A task as some agent writes it, by how much of it is asked for. */
interface Says {
  readonly artifacts?: readonly object[];
  readonly message?: object;
  /** Told only to those who ask for the history. */
  readonly history?: readonly object[];
}

const COMPLETED = "TASK_STATE_COMPLETED";
const MESSAGE = { messageId: "m", contextId: "c", data: {}, metadata: {}, files: [], push: undefined };
const wire = ({ artifacts = [], message, history = [] }: Says, withHistory: boolean) =>
  WireTask.parse({
    id: "t",
    status: { state: COMPLETED, ...(message === undefined ? {} : { message }) },
    artifacts,
    ...(withHistory ? { history } : {}),
  });

/** A world with one agent that completes its task at once and says so. */
async function worldOf(says: () => Says, { author, registered }: { author?: OnEmptyAnswer; registered?: OnEmptyAnswer } = {}) {
  const runtime = new MemoryRuntime(planOf([task("a", [], author === undefined ? {} : { on_empty_answer: author })]));
  const agent = agentOf("agent-one", registered === undefined ? {} : { on_empty_answer: registered });
  const asked: boolean[] = [];
  const client: Partial<A2aClient> = {
    sendTask: async () => ({ kind: "task", snapshot: wire(says(), false), push: false }),
    getTask: async (_, __, { withHistory = false } = {}) => {
      asked.push(withHistory);
      return wire(says(), withHistory);
    },
  };
  const calls = a2aCalls({ ...createA2aClient({}), ...client }, async () => undefined);
  runtime.registry = [agent];
  runtime.onSend = (message) => calls.send(agent, message);
  runtime.onGet = (id) => calls.get(agent, id);
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  /** Lets the looks come that were asked for. */
  const look = async (): Promise<void> => {
    for (const { message, delay } of runtime.watches.splice(0)) {
      runtime.time += delay * 1000;
      await watchTask(runtime, message);
    }
  };
  return { runtime, asked, look };
}

const said = (parts: readonly object[]) => ({ messageId: "m", role: "ROLE_AGENT", parts });
/** Parts that say nothing, in spellings of all versions and of ones to come. */
const blank = fc.constantFrom<object>(
  { text: "" },
  { text: " \n\t" },
  { text: "\u200b\ufeff\u2060" },
  { text: "\u00ad\u202e" },
  { kind: "text", text: "\u0000" },
  { data: null },
  { kind: "data" },
  { raw: "" },
  { url: "" },
  { kind: "file", file: { name: "empty.txt", bytes: "" } },
  { kind: "hologram", cube: 1 },
  {},
);
const readable = fc.constantFrom<object>(
  { text: "42" },
  { text: "\u200b.\u200b" },
  { text: "👍" },
  { data: [] },
  { data: {} },
  { data: false },
  { data: 0 },
  { raw: "QQ==" },
  { kind: "file", file: { uri: "https://x.test/a" } },
);
const parts = (part: fc.Arbitrary<object>) => fc.array(part, { minLength: 1, maxLength: 3 });
const place = (part: fc.Arbitrary<object>): fc.Arbitrary<Says> =>
  fc.oneof(
    fc.array(parts(part).map((own) => ({ artifactId: "a", parts: own })), { minLength: 1, maxLength: 2 }).map((artifacts) => ({ artifacts })),
    parts(part).map((own) => ({ message: said(own) })),
    parts(part).map((own) => ({ history: [{ messageId: "u", role: "user", parts: [{ text: "do it" }] }, said(own)] })),
  );

describe("a task that its agent calls completed", () => {
  it("is completed exactly if something can be read of it, wherever that stands", async () => {
    const cases = fc.tuple(fc.array(place(blank), { maxLength: 3 }), fc.option(place(readable), { nil: undefined }));
    await fc.assert(
      fc.asyncProperty(cases, async ([blanks, answer]) => {
        const says = Object.assign({}, ...blanks, answer);
        const { runtime, look } = await worldOf(() => says);
        await look();
        await look();
        const { state, failure } = runtime.record("a") ?? {};
        expect({ state, code: failure?.code }).toEqual(
          answer === undefined ? { state: "failed", code: "EmptyAnswer" } : { state: "completed", code: undefined },
        );
        expect(runtime.reports).toMatchObject([{ ok: answer !== undefined, isAgentFault: false }]);
        expect(runtime.sent).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    { where: "artifacts", says: { artifacts: [{ parts: [{ text: "42" }] }] }, history: [] },
    { where: "the status message", says: { message: said([{ text: "42" }]) }, history: [] },
    { where: "the history", says: { history: [said([{ text: "old" }]), said([{ text: "42" }]), said([{ text: " " }])] }, history: [true] },
  ])("is asked for its history only if nothing else answers: $where", async ({ says, history }) => {
    const { runtime, asked } = await worldOf(() => says);
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: '{"text":"42"}' } });
    expect(asked).toEqual(history);
  });

  it("has its answer although that comes after the end", async () => {
    let says: Says = {};
    const { runtime, look } = await worldOf(() => says);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentTaskId: "t" });
    says = { artifacts: [{ parts: [{ data: { n: 42 } }] }] };
    await look();
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: '{"n":42}' } });
  });

  it("fails once, without another try, when the look comes twice and a push as well", async () => {
    const { runtime, look } = await worldOf(() => ({}));
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.watches.map(({ message }) => message.emptySince)).toHaveLength(2);
    await look();
    expect(runtime.record("a")).toMatchObject({ state: "failed", attempt: 1, failure: { code: "EmptyAnswer", message: expect.stringContaining("on_empty_answer: accept") } });
    expect(runtime.events().filter((type) => type === "task.completed" || type === "task.result_ignored")).toEqual(["task.completed"]);
  });

  it.each<{ author?: OnEmptyAnswer; registered?: OnEmptyAnswer; state: string }>([
    { state: "failed" },
    { author: "accept", state: "completed" },
    { registered: "accept", state: "completed" },
    { author: "fail", registered: "accept", state: "failed" },
    { author: "accept", registered: "fail", state: "completed" },
  ])("without a word is $state when the author says $author and the registration $registered", async ({ state, ...rules }) => {
    const { runtime, look } = await worldOf(() => ({}), rules);
    await look();
    expect(runtime.record("a")).toMatchObject({ state, ...(state === "completed" ? { output: { json: "{}" } } : {}) });
  });

  it("is looked at again while the agent cannot be asked for the history", async () => {
    const down: Partial<A2aClient> = {
      sendTask: async () => ({ kind: "task", snapshot: wire({}, false), push: true }),
      getTask: () => Promise.reject(new AgentUnavailableError("agent-one", "down")),
    };
    const sent = await a2aCalls({ ...createA2aClient({}), ...down }, async () => undefined).send(agentOf("agent-one"), MESSAGE);
    expect(sent).toEqual({ kind: "working", agentTaskId: "t", contextId: undefined, pushes: false });
  });

  it("is empty when the agent refuses to be asked", async () => {
    const refusing: Partial<A2aClient> = {
      sendTask: async () => ({ kind: "task", snapshot: wire({}, false), push: false }),
      getTask: () => Promise.reject(new AgentRefusedError("agent-one", "-32601", "no such method")),
    };
    const sent = await a2aCalls({ ...createA2aClient({}), ...refusing }, async () => undefined).send(agentOf("agent-one"), MESSAGE);
    expect(sent).toMatchObject({ kind: "completed", isEmpty: true, output: {} });
  });
});
