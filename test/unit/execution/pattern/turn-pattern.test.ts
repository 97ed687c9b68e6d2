import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import * as z from "zod";
import type { Heard } from "../../../../shared/patterns/heard.ts";
import { hear } from "../../../../shared/patterns/host.ts";
import { beginPattern } from "../../../../shared/patterns/pattern-run.ts";
import { preparePlanned } from "../../../../shared/patterns/planned-pattern.ts";
import { loadPattern } from "../../../../shared/execution/store/pattern-store.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";
import { runTokenOf } from "../../../../shared/execution/task/task-rules.ts";
import { agentOf, EXECUTION, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { moveElsewhere, type RowFields } from "../../../fixtures/runtime/task-rows.ts";
import { broken, PatternWorld, type Script } from "../../../fixtures/runtime/pattern-world.ts";

const TEAM = { id: "team", pattern: { name: "supervisor", members: { supervisor: "lead", workers: ["one", "two"] } }, retry_policy: "none" };
const team: Script = ({ kind, input }) => {
  if (kind === "decompose") return { subtasks: [{ id: "a", role: "one", goal: "do a" }, { id: "b", role: "two", goal: "do b", after: ["a"] }] };
  if (kind === "assess") return { score: 1 };
  return kind === "synthesize" ? { brief: "all of it" } : { done: input["subtask"] };
};

const AT = "2026-11-21T10:00:30.000Z";

/** The execution goes on in its second run, with its task as it is said. */
function nextRun(world: PatternWorld, task: RowFields): void {
  const { tables, view } = world.runtime;
  const pk = executionPartition(TENANT, EXECUTION);
  tables.rows.set(`${pk} META`, { ...tables.row(pk, "META"), pk, sk: "META", run: 2, status: "running" });
  if (task.state !== undefined) moveElsewhere(world.runtime, "team", { ...task, run: 2, settledAt: undefined, output: undefined });
  const run = { tenant: TENANT, execution: EXECUTION, run: 2, plan: view.plan.planHash, queue: "q/medium", runner: "graph" as const };
  world.runtime.tasks.splice(0, Infinity, { message: { run, task: "team", token: runTokenOf(run), ...(task.state === undefined ? {} : { seen: 0 }) }, delay: 0 });
}

const played = async (...world: ConstructorParameters<typeof PatternWorld>) => {
  const made = new PatternWorld(...world);
  await made.start();
  await made.drain();
  return made;
};

describe("a task with a pattern", () => {
  it.each(["graph", "machine"] as const)("is a group whose instances are its questions, in a %s run", async (runner) => {
    const world = await played([TEAM], { script: team, runner });
    expect(world.questions.map(({ kind }) => kind)).toEqual(["decompose", "delegate", "assess", "delegate", "assess", "synthesize"]);
    expect(world.runtime.record("team")).toMatchObject({ state: "completed", attempt: 1 });
    expect(world.output("team")).toMatchObject({ result: { brief: "all of it" }, synthesized: true });
    expect(world.runtime.record("team[1]")).toMatchObject({ state: "completed", asked: { id: "work.0.1", role: "one", kind: "delegate" } });
    if (runner === "machine") expect(world.runtime.answers).toEqual([{ token: "token-team" }]);
    else expect(world.runtime.head().status).toBe("completed");
  });

  it("tells its turns, which are its log, and its end", async () => {
    const { runtime } = await played([TEAM], { script: team });
    expect(runtime.told("pattern.started")).toEqual([["pattern.started", { task_id: "team", attempt: 1, pattern: "supervisor", max_calls: 83 }]]);
    expect(runtime.told("pattern.turn")[1]?.[1]).toEqual({
      task_id: "team",
      attempt: 1,
      pattern: "supervisor",
      turn: 2,
      heard: [{ event: "answered", instance: "team[0]" }],
      steps: [{ event: "answered", id: "decompose.1", actions: ["ask work.0.1"], refused: [] }],
      calls_left: 81,
    });
    expect(runtime.told("pattern.finished")).toEqual([["pattern.finished", { task_id: "team", attempt: 1, pattern: "supervisor", turn: 7, status: "completed", calls: 6 }]]);
    expect(runtime.told("task.asked")[0]?.[1]).toMatchObject({ task_id: "team[0]", pattern: "supervisor", ask_id: "decompose.1", role: "lead", kind: "decompose", round: 1 });
  });

  it("can be heard again from its log and the rows of its instances: its state is the same, byte for byte", async () => {
    const world = await played([TEAM], { script: team });
    const { runtime } = world;
    const task = runtime.view.tasks.get("team");
    const prepared = task?.kind === "pattern" ? preparePlanned(task.pattern) : undefined;
    if (prepared === undefined) throw new Error("there is no pattern");
    const log = z.array(z.object({ heard: z.array(z.object({ instance: z.string().optional() })) })).parse(runtime.told("pattern.turn").map(([, facts]) => facts));
    const news = log.flatMap(({ heard }) => heard).map(({ instance }): Heard => {
      if (instance === undefined) return { kind: "started", input: { greeting: "hello" }, seed: "any", at: AT };
      const row = runtime.record(instance);
      const output: unknown = row?.output !== undefined && "json" in row.output ? JSON.parse(row.output.json) : undefined;
      return { kind: "answered", n: Number(/\d+/.exec(instance)?.[0]), agent: row?.agentId ?? "", output, at: AT };
    });
    const again = news.reduce((run, heard) => hear(prepared, run, heard).run, beginPattern(prepared, { fuel: 83 }));
    const stored = await loadPattern(runtime, { tenant: TENANT, execution: EXECUTION, task: "team" });
    expect(JSON.stringify(again)).toBe(JSON.stringify(stored?.run));
    expect(stored).toMatchObject({ attempt: 1, turn: 7 });
  });

  it("gets its input, what it depends on and what its author says; whoever depends on it gets its output", async () => {
    const first = { id: "first", agent: "one" };
    const last = { id: "last", agent: "one", depends_on: ["team"] };
    const world = await played([first, { ...TEAM, description: "A brief on tea", depends_on: ["first"], input: { depth: 2 } }, last], { script: (question) => (question.kind === "task" ? { found: 3 } : team(question)) });
    expect(world.questions[1]?.input["goal"]).toEqual({ task: "A brief on tea", input: { greeting: "hello", depth: 2 }, dependencies: { first: { found: 3 } } });
    expect(world.questions.at(-1)?.message.data["dependencies"]).toMatchObject({ team: { result: { brief: "all of it" } } });
    expect(world.runtime.head().status).toBe("completed");
  });

  it("writes questions that a model can follow, with the shape of the answer, one conversation per thread", async () => {
    const world = await played([TEAM], { script: team });
    const [decompose, , assess] = world.questions;
    expect(decompose?.message.data).toMatchObject({ task: "team[0]", pattern: { name: "supervisor", kind: "decompose", ask: "decompose.1", round: 1, of_rounds: 2 }, answer_schema: { type: "object", required: ["subtasks"] } });
    expect(decompose?.message.data["description"]).toMatch(/^Split the goal .*\nThis is round 1 of at most 2\.\nAnswer with one JSON object/);
    const contexts = world.questions.map(({ agent, message: { contextId } }) => `${agent} ${contextId}`);
    expect(new Set(contexts).size).toBe(5);
    expect(decompose?.message.contextId).toBe(world.questions.at(-1)?.message.contextId);
    expect(assess?.message.contextId).not.toBe(decompose?.message.contextId);
  });

  it("asks for a capability that is called as the kind of question, where the role has it", async () => {
    const lead = { type: "lead", capabilities: ["work", "assess"] };
    const one = { type: "worker", capabilities: ["work"] };
    const world = new PatternWorld([TEAM], { script: team, agents: { lead, one, two: one } });
    world.runtime.registry = world.runtime.registry.map((agent) => ({ ...agent, capabilities: ["work", "assess"] }));
    await world.start();
    await world.drain();
    expect(world.questions.map(({ kind, message }) => `${kind} ${String(message.data["skill"])}`)).toEqual(
      expect.arrayContaining(["decompose work", "assess assess", "delegate work"]),
    );
  });

  it("has work done again by another agent, and pins who is asked again", async () => {
    let assessed = 0;
    const world = await played([TEAM], { script: (question) => (question.kind === "assess" && assessed++ === 0 ? { score: 0.1, feedback: "shorter" } : team(question)) });
    const redone = world.questions.filter(({ ask }) => ask.startsWith("work.0."));
    expect(redone.map(({ agent }) => agent)).toEqual(["agent-one", "agent-two"]);
    expect(redone[1]?.input).toMatchObject({ feedback: "shorter", best_so_far: { done: "a" } });
    const peers = { id: "peers", pattern: { name: "network", members: { peers: ["one", "two"] }, config: { stop: "rounds", rounds: 2 } } };
    const network = await played([peers], { script: ({ ask }) => ({ answer: ask }) });
    expect(network.runtime.record("peers[2]")?.asked?.agent).toBe("agent-one");
  });

  it("asks once more for an answer that does not fit, then hears of a failure", async () => {
    let asked = 0;
    const world = await played([TEAM], { script: (question) => (question.kind === "assess" && asked++ === 0 ? "very good!" : team(question)) });
    const again = world.questions.find(({ message }) => String(message.data["description"]).includes("did not fit"));
    expect(again).toMatchObject({ kind: "assess", ask: "assess.0.1", input: { result: { done: "a" } } });
    expect(world.output("team")).toMatchObject({ synthesized: true });
    const never = await played([TEAM], { script: (question) => (question.kind === "decompose" ? null : team(question)) });
    expect(never.runtime.record("team")).toMatchObject({ state: "failed" });
  });

  it("hands failures to the pattern after the task's own retries, and its own failure to the run", async () => {
    const world = await played([{ ...TEAM, retry_policy: { max_attempts: 2, backoff: "none" } }], { script: ({ kind, ...rest }) => (kind === "delegate" ? { ...broken, retryable: true } : team({ kind, ...rest })) });
    expect(world.runtime.record("team[1]")).toMatchObject({ state: "failed", attempt: 2 });
    expect(world.questions.filter(({ ask }) => ask.startsWith("work.0."))).toHaveLength(4);
    const failed = await played([TEAM], { script: (question) => (question.kind === "decompose" ? broken : team(question)) });
    expect(failed.runtime.record("team")).toMatchObject({ state: "failed", failure: { code: "NoResult", message: expect.stringContaining("AgentFailed") } });
    expect(failed.runtime.head().status).toBe("failed");
  });

  it("says that a bound ended it, with what there is", async () => {
    const bounded = { ...TEAM, pattern: { ...TEAM.pattern, bounds: { max_calls: 4 } } };
    const world = await played([bounded], { script: team });
    expect(world.output("team")).toMatchObject({ partial: true, bound: "max_calls", result: [{ id: "a", result: { done: "a" } }, { id: "b" }] });
    expect(world.runtime.told("pattern.bound_reached")).toEqual([["pattern.bound_reached", expect.objectContaining({ task_id: "team", bound: "max_calls" })]]);
    expect(world.runtime.told("pattern.finished")[0]?.[1]).toMatchObject({ status: "completed", bound: "max_calls", calls: 4 });
  });

  it("is looked at when its time is up: those at work are called back, and the last word counts", async () => {
    const timed = { ...TEAM, pattern: { ...TEAM.pattern, bounds: { max_seconds: 60 } } };
    const world = new PatternWorld([timed], { script: team });
    world.runtime.onSend = (message) => (String(message.data["task"]) === "team[0]" ? { kind: "completed", output: team({ kind: "decompose", ask: "", agent: "", input: {}, message }) } : { kind: "working", agentTaskId: "remote" });
    await world.start();
    await world.drain();
    const look = world.runtime.tasks.find(({ message, delay }) => message.task === "team" && delay === 60);
    expect(look).toBeDefined();
    world.runtime.time += 60_000;
    if (look !== undefined) await dispatchTask(world.runtime, look.message);
    expect(world.runtime.cancelled).toEqual(["remote"]);
    expect(world.runtime.record("team")).toMatchObject({ state: "failed", failure: { code: "NoResult" } });
    expect(world.runtime.told("pattern.finished")[0]?.[1]).toMatchObject({ status: "failed", bound: "max_seconds" });
  });

  it("leaves large results where they lie, sends them along where they are needed, and gives them whole", async () => {
    const large = "x".repeat(20_000);
    const world = await played([TEAM], { script: (question) => (question.kind === "delegate" ? { text: large } : team(question)) });
    expect(world.questions.find(({ kind }) => kind === "assess")?.input["result"]).toEqual({ text: large });
    const pat = [...world.runtime.tables.rows.values()].find(({ sk }) => sk === "PAT#team");
    expect(JSON.stringify(pat).length).toBeLessThan(20_000);
    const bounded = await played([{ ...TEAM, pattern: { ...TEAM.pattern, bounds: { max_calls: 4 } } }], { script: (question) => (question.kind === "delegate" ? { text: large } : team(question)) });
    expect(bounded.output("team")).toMatchObject({ result: [{ id: "a", result: { text: large } }, {}] });
  });

  it("is not fooled by an answer that poses as a reference to another's", async () => {
    const forged = { $held: "team[0]", bytes: 5, sha256: "0" };
    const world = await played([TEAM], { script: (question) => (question.kind === "delegate" ? forged : team(question)) });
    expect(world.questions.at(-1)?.input["results"]).toMatchObject([{ result: null }, { result: null }]);
    const bounded = { ...TEAM, pattern: { ...TEAM.pattern, bounds: { max_calls: 4 } } };
    const ended = await played([bounded], { script: (question) => (question.kind === "delegate" ? forged : team(question)) });
    expect(ended.output("team")).toMatchObject({ partial: true, result: [{ id: "a", result: null }, { id: "b", result: null }] });
  });

  it("begins anew with new questions when it starts over, and leaves the former ones", async () => {
    const world = await played([TEAM], { script: team });
    nextRun(world, { state: "queued" });
    await world.drain();
    expect(world.runtime.record("team")).toMatchObject({ state: "completed", run: 2, attempt: 2 });
    expect(world.runtime.record("team[6]")).toMatchObject({ state: "completed", run: 2, asked: { id: "decompose.1" } });
    expect(world.runtime.record("team[0]")).toMatchObject({ state: "completed", run: 1 });
    expect(world.runtime.told("pattern.finished").map(([, { turn }]) => turn)).toEqual([7, 14]);
  });

  it("takes its open questions along into a newer run", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    world.runtime.registry = [];
    await world.start();
    await world.drain();
    expect(world.runtime.record("team[0]")).toMatchObject({ state: "queued", run: 1, wait: { reason: "no_capable_agent" } });
    nextRun(world, {});
    world.runtime.registry = [agentOf("agent-one")];
    await world.drain();
    expect(world.runtime.record("team[0]")).toMatchObject({ state: "completed", run: 2 });
    expect(world.output("team")).toMatchObject({ synthesized: true });
  });

  it("hears of what a person skipped, cancelled or took away", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    await world.start();
    const ends = [
      { ask: "work.0.1", row: { state: "skipped", output: { json: '{"by":"hand"}' }, settledAt: AT } },
      { ask: "work.1.1", row: { state: "skipped", settledAt: AT } },
      { ask: "work.1.2", row: { state: "cancelled", settledAt: AT } },
    ] as const;
    await world.drain(async (message) => {
      const end = ends.find(({ ask }) => ask === world.runtime.record(message.task)?.asked?.id);
      if (end === undefined) return dispatchTask(world.runtime, message);
      moveElsewhere(world.runtime, message.task, end.row);
      return world.runtime.mail.task({ ...message, task: "team" }, 0);
    });
    expect(world.output("team")).toMatchObject({ subtasks: [{ standing: "accepted" }, { standing: "given_up", tries: 2 }, {}, {}] });
    expect(world.questions.find(({ kind }) => kind === "assess")?.input["result"]).toEqual({ by: "hand" });
  });

  it("hears that a question was withdrawn whose row is gone, and calls back at its end what is left", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    await world.start();
    const { tables } = world.runtime;
    await world.drain(async (message) => {
      const ask = world.runtime.record(message.task)?.asked?.id;
      if (ask === "synthesize") moveElsewhere(world.runtime, "team[99]", { state: "running", agentId: "agent-one", agentTaskId: "stray" });
      if (ask !== "work.0.1") return dispatchTask(world.runtime, message);
      tables.rows.delete(`${executionPartition(TENANT, EXECUTION)} TASK#${message.task}`);
      return world.runtime.mail.task({ ...message, task: "team" }, 0);
    });
    expect(world.output("team")).toMatchObject({ synthesized: true, subtasks: [{ id: "a", tries: 2, standing: "accepted" }, {}] });
    expect(world.runtime.cancelled).toEqual(["stray"]);
  });

  it("closes bids when their time is over, by a look that comes then, and calls off who is late", async () => {
    const work = { id: "work", pattern: { name: "contract_net", members: { bidders: ["one", "two"] }, config: { bid_seconds: 20, rounds: 1 } } };
    const world = new PatternWorld([work], { script: () => ({}) });
    world.runtime.onSend = () => ({ kind: "working", agentTaskId: "late" });
    await world.start();
    await world.drain();
    const look = world.runtime.tasks.find(({ message }) => message.task === "work");
    expect(look?.delay).toBe(20);
    if (look !== undefined) await dispatchTask(world.runtime, look.message);
    expect(world.runtime.tasks.filter(({ message, delay }) => message.task === "work" && delay === 20)).toHaveLength(2);
    world.runtime.time += 20_000;
    if (look !== undefined) await dispatchTask(world.runtime, look.message);
    expect(world.runtime.cancelled).toEqual(["late", "late"]);
    expect(world.runtime.record("work")).toMatchObject({ state: "failed", failure: { code: "NoContractor" } });
  });

  it("leaves a look alone that comes when its task has ended", async () => {
    const world = await played([TEAM], { script: team });
    const record = world.runtime.record("team");
    if (record === undefined) throw new Error("there is no row");
    const { view } = world.runtime;
    const task = view.tasks.get("team");
    if (task === undefined) throw new Error("there is no task");
    const run = { tenant: TENANT, execution: EXECUTION, run: 1, plan: view.plan.planHash, queue: "q", runner: "graph" as const };
    await world.runtime.turnPattern({ run, head: world.runtime.head(), view, task, record });
    expect(world.runtime.told("pattern.turn")).toHaveLength(7);
  });

  it("has a workflow answer, under the execution, with the whole question as its input", async () => {
    const levels = { id: "team", pattern: { name: "evaluator_optimizer", members: { optimizer: { workflow: "drafts", version: "2.0" }, evaluator: "lead" } } };
    const world = new PatternWorld([levels], { script: team });
    await world.start({ input: { json: JSON.stringify({ text: "y".repeat(9000) }) } });
    await world.drain();
    expect(world.runtime.record("team[0]")).toMatchObject({ state: "running", child: expect.stringMatching(/^exec_/) });
    expect(world.runtime.children).toMatchObject([{ task: "team[0]", workflow: { name: "drafts", version: "2.0" }, input: { goal: { text: "y".repeat(9000) } } }]);
    moveElsewhere(world.runtime, "team[0]", { state: "completed", output: { json: '{"draft":1}' }, settledAt: AT });
    const { run, token } = { run: { tenant: TENANT, execution: EXECUTION, run: 1, plan: world.runtime.view.plan.planHash, queue: "q/medium", runner: "graph" as const }, token: "" };
    await dispatchTask(world.runtime, { run, task: "team", token, seen: 0 });
    await world.drain();
    expect(world.output("team")).toMatchObject({ result: { draft: 1 }, accepted: true });
  });

  it("fails where its pattern is not there any more in the version that it was planned with", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    for (const task of world.runtime.view.tasks.values()) if (task.kind === "pattern") task.pattern.version = 7;
    await world.start();
    await world.drain();
    expect(world.runtime.record("team")).toMatchObject({ state: "failed", failure: { code: "UnknownPattern" } });
  });

  it("fails where its results are too large together for one output", async () => {
    const world = new PatternWorld([{ ...TEAM, pattern: { ...TEAM.pattern, bounds: { max_calls: 4 } } }], { script: team });
    await world.start();
    await world.drain(async (message) => {
      if (world.runtime.record(message.task)?.asked?.kind !== "delegate") return dispatchTask(world.runtime, message);
      const large = { key: `T/large-${message.task}.json`, bytes: 60_000_000, sha256: "0" };
      moveElsewhere(world.runtime, message.task, { state: "completed", output: large, settledAt: AT });
      return world.runtime.mail.task({ ...message, task: "team" }, 0);
    });
    expect(world.runtime.record("team")).toMatchObject({ state: "failed", failure: { code: "OutputTooLarge" } });
  });

  it("sends results as links where a message has no room for them", async () => {
    const world = new PatternWorld([TEAM], { script: team });
    await world.start();
    await world.drain(async (message) => {
      if (world.runtime.record(message.task)?.asked?.kind !== "delegate") return dispatchTask(world.runtime, message);
      const large = { key: `T/large-${message.task}.json`, bytes: 5_000_000, sha256: "0" };
      moveElsewhere(world.runtime, message.task, { state: "completed", output: large, settledAt: AT });
      return world.runtime.mail.task({ ...message, task: "team" }, 0);
    });
    const assess = world.questions.find(({ kind }) => kind === "assess");
    expect(assess?.input["result"]).toEqual({ $file: "results/team[1]", bytes: 5_000_000, sha256: "0" });
    expect(assess?.message.files).toMatchObject([{ name: "results/team[1]", mediaType: "application/json" }]);
  });

  it("leaves a large input and large dependencies where they lie as well", async () => {
    const input = { json: JSON.stringify({ text: "y".repeat(10_000) }) };
    const first = { id: "first", agent: "one" };
    const world = new PatternWorld([first, { ...TEAM, depends_on: ["first"] }], { script: (question) => (question.kind === "task" ? { text: "z".repeat(10_000) } : team(question)) });
    await world.start({ input });
    await world.drain();
    expect(world.questions[1]?.input["goal"]).toEqual({ input: { text: "y".repeat(10_000) }, dependencies: { first: { text: "z".repeat(10_000) } } });
  });

  it("holds the result of a holder, not what it says beside", async () => {
    const desk = { id: "desk", pattern: { name: "handoff", members: { holders: ["one", "two"] } } };
    const script: Script = ({ ask }) => ({ result: "r".repeat(9000), summary: "short", hand_to: ask === "hold.1" ? "two" : null });
    const world = await played([desk], { script });
    expect(world.questions[1]?.input["done_so_far"]).toEqual([{ role: "one", result: "r".repeat(9000), summary: "short" }]);
    expect(world.output("desk")).toMatchObject({ path: ["one", "two"], result: "r".repeat(9000) });
  });

  it("fails what is nested deeper than anything is", async () => {
    let deep: unknown = {};
    for (let level = 0; level < 70; level += 1) deep = { answer: deep };
    const world = await played([{ id: "peers", pattern: { name: "network", members: { peers: ["one", "two"] } } }], { script: () => deep });
    expect(world.runtime.record("peers")).toMatchObject({ state: "failed", failure: { code: "NoQuorum" } });
  });
});
