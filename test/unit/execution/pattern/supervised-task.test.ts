import { describe, expect, it } from "vitest";
import { PatternWorld, type Script } from "../../../fixtures/runtime/pattern-world.ts";

const ROLES = { supervisor: { type: "x", capabilities: ["quality_assessment"] }, worker: { type: "x", capabilities: ["work"] } };
const TASKS = [
  { id: "plan", agent: "supervisor" },
  { id: "work", agent: "worker", skill: "work", depends_on: ["plan"], input: { tone: "dry" }, input_from: { goal: "outputs.plan.goal" }, retry_policy: "none" },
  { id: "after", agent: "supervisor", depends_on: ["work"] },
];

/** The first draft is thin and long, the second good; `given` is what the draft holds. */
const drafts = (given = "x"): Script => ({ kind, input, message }) => {
  if (kind === "assess") return { score: JSON.stringify(input).includes("thin") ? 0.1 : 1, feedback: "more" };
  if (message.data["task"] !== "work") return { goal: "tea" };
  return message.data["review"] === undefined ? { thin: given } : { good: given };
};

async function played(script: Script) {
  const world = new PatternWorld(TASKS, { script, agents: ROLES, more: { orchestration_pattern: "supervisor" } });
  world.runtime.registry = world.runtime.registry.map((agent) => ({ ...agent, capabilities: ["work", "quality_assessment"] }));
  await world.start();
  await world.drain();
  return { world, asked: world.questions.filter(({ kind }) => kind !== "assess").map(({ agent, message }) => ({ agent, data: message.data })) };
}

describe("a task that a supervisor judges", () => {
  it("is sent as the task that it is, and again with its review to another agent; followers get what was accepted", async () => {
    const { world, asked } = await played(drafts());
    const [, first, second, after] = asked;
    const work = { task: "work", skill: "work", input: { tone: "dry", goal: "tea" }, dependencies: { plan: { goal: "tea" } } };
    expect(first?.data).toMatchObject(work);
    expect(first?.data).not.toHaveProperty("answer_schema");
    expect(second?.data).toMatchObject({ ...work, review: { result: { thin: "x" }, score: 0.1, feedback: "more" } });
    expect(second?.agent).not.toBe(first?.agent);
    expect(world.output("work")).toEqual({ good: "x" });
    expect(after?.data["dependencies"]).toEqual({ work: { good: "x" } });
    expect(world.runtime.head().status).toBe("completed");
  });

  it("keeps results that are large out of its turns, and gives them whole", async () => {
    const large = "y".repeat(20_000);
    const { world, asked } = await played(drafts(large));
    expect(asked[2]?.data["review"]).toMatchObject({ result: { thin: large } });
    expect(world.output("work")).toEqual({ good: large });
  });
});
