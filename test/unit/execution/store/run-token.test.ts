import { describe, expect, it } from "vitest";
import { namedTokens, saveRunToken, tokenOfRun } from "../../../../shared/execution/store/run-token.ts";
import { runKey } from "../../../../shared/execution/store/keys.ts";
import { EXECUTION, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const RUN = { tenant: TENANT, execution: EXECUTION, run: 1 };
const failure = { error: "TaskFailed", cause: "{}" };

/** Answers tokens; keeps who was answered. */
async function answering() {
  const runtime = await startedRuntime();
  const answered: string[] = [];
  const tokens = namedTokens(() => runtime.executions, {
    succeed: async (token) => void answered.push(`${token} succeeded`),
    fail: async (token, { error }) => void answered.push(`${token} failed: ${error}`),
  });
  return { runtime, tokens, answered };
}

describe("the token of a run", () => {
  it("is answered by its name, and by the newest that was kept", async () => {
    const { runtime, tokens, answered } = await answering();
    await saveRunToken(runtime.executions, RUN, "first");
    const name = await saveRunToken(runtime.executions, RUN, "second");
    await tokens.succeed(name);
    await tokens.fail(name, failure);
    expect(answered).toEqual(["second succeeded", "second failed: TaskFailed"]);
  });

  it("is answered as it is where it has no name", async () => {
    const { tokens, answered } = await answering();
    await tokens.succeed("plain");
    await tokens.fail("plain", failure);
    expect(answered).toEqual(["plain succeeded", "plain failed: TaskFailed"]);
  });

  it.each([
    { what: "whose token was never kept", name: tokenOfRun(RUN, "run:[]") },
    { what: "that names no run", name: "run:7" },
  ])("answers nobody by a name $what", async ({ name }) => {
    const { tokens, answered } = await answering();
    await tokens.succeed(name);
    await tokens.fail(name, failure);
    expect(answered).toEqual([]);
  });

  it("answers nobody where its row holds no text", async () => {
    const { runtime, tokens, answered } = await answering();
    const name = await saveRunToken(runtime.executions, RUN, "first");
    const { pk, sk } = runKey(TENANT, EXECUTION, 1);
    Object.assign(runtime.tables.row(pk, sk) ?? {}, { token: 7 });
    await tokens.succeed(name);
    expect(answered).toEqual([]);
  });

  it("in a message is that of the message's run where it is a run's, and stays as it is otherwise", () => {
    expect(tokenOfRun({ ...RUN, run: 2 }, tokenOfRun(RUN, "run:old"))).toBe(tokenOfRun({ ...RUN, run: 2 }, "run:x"));
    expect(tokenOfRun(RUN, "run:x")).not.toBe(tokenOfRun({ ...RUN, run: 2 }, "run:x"));
    expect(tokenOfRun(RUN, "plain")).toBe("plain");
  });
});
