import { beforeEach, describe, expect, it } from "vitest";
import { runKey } from "../../../../shared/execution/store/keys.ts";
import { namedTokens } from "../../../../shared/execution/store/run-token.ts";
import { tokenOfRun } from "../../../../shared/execution/task/task-rules.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { graphRunRef } from "../../functions/memory-run.ts";

describe("the token of a graph run", () => {
  let runtime: MemoryRuntime;
  let waiting: string;
  let answers: string[];
  beforeEach(() => {
    runtime = new MemoryRuntime(planOf([task("a")]));
    waiting = "first";
    answers = [];
  });

  /** A warm function, whose machine waits on one token. */
  const warm = () => {
    const answer = async (token: string) => {
      answers.push(token);
      return token === waiting ? "heard" : "late";
    };
    return namedTokens(() => runtime.executions, { succeed: answer, fail: answer });
  };

  it("is answered without a look by who kept it", async () => {
    const tokens = warm();
    const name = await tokens.keep(graphRunRef(runtime), "first");
    await tokens.fail(name, { error: "e", cause: "c" });
    expect([answers, runtime.tables.calls]).toEqual([["first"], ["PutCommand"]]);
  });

  it("is looked for once by who did not", async () => {
    const name = await warm().keep(graphRunRef(runtime), "first");
    const tokens = warm();
    runtime.tables.calls.length = 0;
    await tokens.succeed(name);
    await tokens.succeed(name);
    expect([answers, runtime.tables.calls]).toEqual([["first", "first"], ["GetCommand"]]);
  });

  it("is the newer one where the machine waits on the one remembered no more", async () => {
    const tokens = warm();
    const name = await tokens.keep(graphRunRef(runtime), "first");
    await warm().keep(graphRunRef(runtime), "second");
    waiting = "second";
    await tokens.succeed(name);
    await tokens.succeed(name);
    expect(answers).toEqual(["first", "second", "second"]);
  });

  it("is left where no machine waits on any, and where none was kept", async () => {
    const tokens = warm();
    const name = await tokens.keep(graphRunRef(runtime), "first");
    waiting = "";
    await tokens.succeed(name);
    await tokens.succeed(name.replace("exec_", "exec_x"));
    expect(answers).toEqual(["first"]);
  });

  it("answers nobody where its row holds no text, and by a name that is none", async () => {
    const name = await warm().keep(graphRunRef(runtime), "first");
    const { pk, sk } = runKey(TENANT, EXECUTION, 1);
    Object.assign(runtime.tables.row(pk, sk) ?? {}, { token: 7 });
    for (const unknown of [name, "run:7", "run:[]"]) await warm().succeed(unknown);
    expect(answers).toEqual([]);
  });

  it("in a message is that of the message's run where it is a run's, and stays as it is otherwise", () => {
    const run = graphRunRef(runtime);
    const next = graphRunRef(runtime, 2);
    expect(tokenOfRun(next, tokenOfRun(run, "run:old"))).toBe(tokenOfRun(next, "run:x"));
    expect(tokenOfRun(run, "run:x")).not.toBe(tokenOfRun(next, "run:x"));
    expect(tokenOfRun(run, "plain")).toBe("plain");
  });

  it("of a machine of its own is answered as it is", async () => {
    await warm().succeed("late");
    expect([answers, runtime.tables.calls]).toEqual([["late"], []]);
  });
});
