import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { InvalidToken, TaskDoesNotExist, TaskTimedOut } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { loadSpending, markWarned, raiseBudget, settleWrite, spendWrite } from "../../../../shared/execution/store/budget-store.ts";
import { findCheckpoint, listCheckpoints, saveCheckpoint } from "../../../../shared/execution/store/checkpoint-store.ts";
import { claimNext, closeEach, endChain, openEach } from "../../../../shared/execution/store/each-store.ts";
import { sqsMail } from "../../../../shared/execution/store/mail.ts";
import { planReader } from "../../../../shared/execution/store/plan-store.ts";
import { stepFunctionsTokens } from "../../../../shared/execution/store/tokens.ts";
import { NotFoundError, StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { fakeSfn, fakeSqs } from "../../../fixtures/runtime/fake-client.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const AT = "2026-11-21T10:00:00.000Z";
const at = { tenant: TENANT, execution: EXECUTION };
const ref = { ...at, task: "each" };
const root = { tenant: TENANT, root: EXECUTION };

/** The next write to the table fails, as when it is throttled. */
function throttle(runtime: MemoryRuntime, command: string): void {
  runtime.tables.onSend = (name) => {
    if (name === command) throw new Error("throttled");
  };
}

describe("a list's counters", () => {
  it("begin anew in a later run and not in the same one", async () => {
    const { executions } = await startedRuntime();
    await openEach(executions, ref, { run: 1, count: 3, started: 1 });
    expect(await claimNext(executions, ref)).toBe(1);
    await openEach(executions, ref, { run: 1, count: 3, started: 1 });
    expect(await claimNext(executions, ref)).toBe(2);
    expect(await claimNext(executions, ref)).toBeUndefined();
    await openEach(executions, ref, { run: 2, count: 3, started: 1 });
    expect(await claimNext(executions, ref)).toBe(1);
  });

  it("give out nothing more once they are closed, and do not appear by being closed", async () => {
    const runtime = await startedRuntime();
    await closeEach(runtime.executions, ref);
    expect([...runtime.tables.rows.keys()].some((key) => key.includes("EACH#"))).toBe(false);
    await openEach(runtime.executions, ref, { run: 1, count: 3, started: 1 });
    await closeEach(runtime.executions, ref);
    expect(await claimNext(runtime.executions, ref)).toBeUndefined();
    expect(await endChain(runtime.executions, ref)).toMatchObject({ ended: 1, next: 3 });
  });

  it.each([
    { what: "opened", act: (runtime: MemoryRuntime) => openEach(runtime.executions, ref, { run: 1, count: 1, started: 0 }) },
    { what: "claimed from", act: (runtime: MemoryRuntime) => claimNext(runtime.executions, ref) },
    { what: "closed", act: (runtime: MemoryRuntime) => closeEach(runtime.executions, ref) },
  ])("say so when the table is gone while they are $what", async ({ act }) => {
    const runtime = await startedRuntime();
    throttle(runtime, "UpdateCommand");
    await expect(act(runtime)).rejects.toThrow("throttled");
  });
});

describe("a budget's row", () => {
  const none = { calls: undefined, cost: undefined, tokens: undefined };
  const spend = (runtime: MemoryRuntime, ceilings: object) =>
    runtime.executions.committer.commit([spendWrite(runtime.executions, root, { cost: 2, ceilings: { ...none, ...ceilings } })]);

  it("counts without ceilings, and refuses what a ceiling no longer allows", async () => {
    const runtime = await startedRuntime();
    expect(await spend(runtime, {})).toBe("written");
    expect(await spend(runtime, { calls: 2 })).toBe("written");
    expect(await spend(runtime, { calls: 2 })).toBe("stale");
    expect(await spend(runtime, { cost: 4 })).toBe("stale");
    expect(await spend(runtime, { cost: 5, tokens: 1 })).toBe("written");
    await runtime.executions.committer.commit([settleWrite(runtime.executions, root, { cost: 1, tokens: 1 })]);
    expect(await spend(runtime, { tokens: 1 })).toBe("stale");
    expect(await loadSpending(runtime.executions, root)).toMatchObject({ calls: 3, cost: 7, tokens: 1 });
  });

  it("warns once of each resource", async () => {
    const runtime = await startedRuntime();
    const warn = (resource: string) => markWarned(runtime.executions, root, resource);
    expect([await warn("cost"), await warn("cost"), await warn("calls"), await warn("cost")]).toEqual([true, false, true, false]);
    throttle(runtime, "UpdateCommand");
    await expect(warn("tokens")).rejects.toThrow("throttled");
  });

  it("keeps ceilings that are not raised", async () => {
    const { executions } = await startedRuntime();
    await raiseBudget(executions, root, { maxCost: 5 });
    await raiseBudget(executions, root, { maxTokens: 9 });
    expect((await loadSpending(executions, root)).raised).toEqual({ maxCost: 5, maxTokens: 9 });
  });
});

describe("a checkpoint", () => {
  const mark = (id: string) => ({ id, execution: EXECUTION, at: AT, reason: "r", by: "ann", plan: "0".repeat(64), runner: "graph", machineArn: "arn:x", workflowVersion: "1.0", taskCount: 1, run: 1, settledTasks: 0 }) as const;

  it("stays as it was first taken", async () => {
    const runtime = await startedRuntime();
    expect(await saveCheckpoint(runtime.executions, runtime.head(), mark("one"))).toBe("written");
    expect(await saveCheckpoint(runtime.executions, runtime.head(), { ...mark("one"), by: "bob" })).toBe("stale");
    expect(await findCheckpoint(runtime.executions, { ...at, id: "one" })).toMatchObject({ by: "ann" });
  });

  it("is listed newest first, page by page", async () => {
    const runtime = await startedRuntime();
    for (const id of ["1", "2", "3"]) await saveCheckpoint(runtime.executions, runtime.head(), mark(id));
    const first = await listCheckpoints(runtime.executions, at, { limit: 2 });
    const second = await listCheckpoints(runtime.executions, at, { limit: 2, after: first.next });
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(["3", "2", "1"]);
  });
});

describe("a plan", () => {
  it("that is not there is not found; a bucket that is gone is something else", async () => {
    const runtime = await startedRuntime();
    await expect(planReader(runtime.payloads)(TENANT, "0".repeat(64))).rejects.toThrow(NotFoundError);
    const gone = { ...runtime.payloads, s3: Object.assign(Object.create(runtime.payloads.s3), { send: () => Promise.reject(new Error("no route")) }) };
    await expect(planReader(gone)(TENANT, "0".repeat(64))).rejects.toThrow("no route");
  });
});

describe("messages over SQS", () => {
  const sent: object[] = [];
  const mailOf = (reply: object) => {
    sent.length = 0;
    return sqsMail(fakeSqs(async ({ input }) => (sent.push(input), reply)), { watch: "q/watch", settle: "q/settle" });
  };

  it.each([0, 1])("name a delay of %i s only when there is one", async (delay) => {
    const runtime = await startedRuntime();
    await mailOf({}).task(runtime.message("a"), delay);
    expect(sent).toMatchObject([{ QueueUrl: "q/medium", MessageGroupId: TENANT }]);
    expect(sent.map((one) => Object.entries(one).filter(([key]) => key === "DelaySeconds"))).toEqual([delay === 0 ? [] : [["DelaySeconds", 1]]]);
  });

  it("go ten to a call, and say how many were not taken", async () => {
    const runtime = await startedRuntime();
    const messages = Array.from({ length: 11 }, (_, index) => runtime.message(`t${index}`));
    await mailOf({ Successful: [] }).tasks(messages);
    expect(sent.map((input) => new SendMessageBatchCommand(Object.assign({ QueueUrl: "", Entries: [] }, input)).input.Entries?.length)).toEqual([10, 1]);
    await mailOf({ Failed: [] }).tasks(messages);
    await expect(mailOf({ Failed: [{}, {}] }).tasks(messages.slice(0, 3))).rejects.toThrow(StoreUnavailableError);
    await mailOf({}).tasks([]);
    expect(sent).toEqual([]);
  });
});

describe("a token that nobody waits for any more", () => {
  const tokens = (error: Error) =>
    stepFunctionsTokens(
      fakeSfn(async () => {
        throw error;
      }),
    );

  it.each([TaskTimedOut, TaskDoesNotExist, InvalidToken])("is no matter: %o", async (Late) => {
    expect(await tokens(new Late({ message: "late", $metadata: {} })).succeed("t")).toBeUndefined();
    expect(await tokens(new Late({ message: "late", $metadata: {} })).fail("t", { error: "e", cause: "c" })).toBeUndefined();
  });

  it("is not confused with a service that is gone", async () => {
    await expect(tokens(new Error("no route")).succeed("t")).rejects.toThrow("no route");
  });
});
