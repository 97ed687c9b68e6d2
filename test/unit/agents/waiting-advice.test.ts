import { describe, expect, it } from "vitest";
import type { Agent } from "../../../shared/agents/agent.ts";
import { waitingWarnings } from "../../../shared/agents/registry/answering.ts";
import { adviseWaiting } from "../../../shared/agents/waiting-advice.ts";
import { agentOf, planOf, START, task } from "../../fixtures/runtime/memory-runtime.ts";

const late: Partial<Agent> = { blocking: undefined, answering: { at: "2026-11-28T10:00:00.000Z", answers: "late" } };
const plan = planOf([task("short", [], { timeout: 870 }), task("long", [], { timeout: 871 })]);

describe("tasks that may take longer than an answer can be waited for", () => {
  it.each<[what: string, agent: Partial<Agent>, named: string[]]>([
    ["an agent that blocks", { blocking: true }, ["long"]],
    ["one that was late before", late, ["long"]],
    ["one that streams", { blocking: true, supports_streaming: true }, []],
    ["one said to heed returnImmediately", { ...late, blocking: false }, []],
    ["one of which nothing is known", { blocking: undefined }, []],
    ["one that cannot do it", { blocking: true, capabilities: ["other"] }, []],
  ])("are named for %s", (_, agent, named) => {
    expect(adviseWaiting(plan, [agentOf("one", agent)], START).map(({ path }) => path)).toEqual(named);
  });

  it("says who, and what to do", () => {
    const agents = ["a", "b", "c", "d"].map((id) => agentOf(id, { blocking: true }));
    expect(adviseWaiting(plan, agents, START)).toEqual([
      {
        code: "AnswerTooLate",
        severity: "warning",
        message: 'task "long" may take 871 s, and a, b, c and 1 more answer only when they are done: after 870 s their answers are lost',
        remedy: "have the agent stream or heed returnImmediately (blocking: false), or lower the timeout",
        path: "long",
      },
    ]);
  });
});

describe("what registering says of waiting", () => {
  it.each<[what: string, agent: Partial<Agent>, said: RegExp | undefined]>([
    ["an agent that blocks", { blocking: true }, /^Its answers are waited for: an open call costs up to \$0\.024 an hour \(512 MB of Lambda\) and lasts 14\.5 minutes at most; tasks that take longer need/],
    ["one that streams", { blocking: true, supports_streaming: true }, /then the task that its stream named is polled\.$/],
    ["one of which nothing is known", { blocking: undefined }, /^Until it is seen to name a task at once/],
    ["one that pushes", { blocking: undefined, supports_push: true }, undefined],
    ["one said not to block", { blocking: false }, undefined],
  ])("%s", (_, agent, said) => {
    const [warning] = waitingWarnings(agentOf("one", agent));
    if (said === undefined) expect(warning).toBeUndefined();
    else expect(warning).toMatch(said);
  });
});
