import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { countAhead } from "../../../../shared/execution/store/admission-store.ts";
import { itemLists, payloadReader } from "../../../../shared/execution/store/caches.ts";
import { claimNext, noteFailed, openEach } from "../../../../shared/execution/store/each-store.ts";
import { isEndLogged } from "../../../../shared/execution/store/log-queries.ts";
import { sqsMail } from "../../../../shared/execution/store/mail.ts";
import { loadPayload } from "../../../../shared/execution/store/payload-store.ts";
import { planReader, savePlan } from "../../../../shared/execution/store/plan-store.ts";
import { sqsDepth } from "../../../../shared/execution/store/queue-depth.ts";
import { fakeSqs } from "../../../fixtures/runtime/fake-client.ts";
import { EXECUTION, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const REF = { tenant: TENANT, execution: EXECUTION, task: "each" };

describe("what a warm function remembers", () => {
  it("is a payload of the bucket, whose key names its content", async () => {
    const runtime = await startedRuntime();
    runtime.bucket.objects.set("k", "[1]");
    const read = payloadReader(runtime.payloads);
    const ref = { key: "k", bytes: 3, sha256: "0" };
    expect(await read(ref)).toEqual([1]);
    runtime.bucket.objects.set("k", "[2]");
    expect(await read(ref)).toEqual([1]);
    expect(await read({ json: "[3]" })).toEqual([3]);
  });

  it("is a plan, asked for once by those who ask together, and again after it could not be had", async () => {
    const runtime = await startedRuntime();
    const { plan } = runtime.view;
    const read = planReader(runtime.payloads);
    await expect(read(TENANT, plan.planHash)).rejects.toThrow("plan");
    await savePlan(runtime.payloads, TENANT, plan);
    const [first, second] = await Promise.all([read(TENANT, plan.planHash), read(TENANT, plan.planHash)]);
    expect(second).toBe(first);
    expect(first.plan).toEqual(plan);
  });

  it("is where a list lies, once there is one", async () => {
    const runtime = await startedRuntime();
    const read = itemLists(runtime.executions);
    const { run } = runtime.message("a");
    await expect(read(run, "each")).rejects.toThrow("list of task");
    const items = { count: 1, list: { json: "[1]" } };
    await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task: "each", state: "running", items }) });
    expect(await read(run, "each")).toEqual(items);
    runtime.tables.rows.clear();
    expect(await read(run, "each")).toEqual(items);
    await expect(read({ ...run, run: 2 }, "each")).rejects.toThrow("list of task");
  });
});

describe("instances of a list", () => {
  it("are claimed one by one until there is none left, and an earlier run's list is begun anew", async () => {
    const { executions } = await startedRuntime();
    const begin = (run: number) => openEach(executions, REF, { run, count: 3, started: 1 });
    await begin(2);
    expect([await claimNext(executions, REF), await claimNext(executions, REF), await claimNext(executions, REF)]).toEqual([1, 2, undefined]);
    await begin(2);
    await begin(1);
    expect(await claimNext(executions, REF)).toBeUndefined();
    await begin(3);
    expect(await claimNext(executions, REF)).toBe(1);
  });

  it("that failed are counted once each", async () => {
    const { executions } = await startedRuntime();
    await openEach(executions, REF, { run: 1, count: 3, started: 1 });
    expect([await noteFailed(executions, REF, 0), await noteFailed(executions, REF, 0), await noteFailed(executions, REF, 2)]).toEqual([1, 1, 2]);
  });

  it("are not taken for claimed while the table cannot be written", async () => {
    const { executions, tables } = await startedRuntime();
    tables.onSend = () => {
      throw new Error("throttled");
    };
    await expect(claimNext(executions, REF)).rejects.toThrow("throttled");
  });
});

describe("queues", () => {
  it("say how many messages they have, and of one that does not say there are none", async () => {
    const depthOf = (Attributes: object | undefined) => sqsDepth(fakeSqs(async (command) => (expect(command).toBeInstanceOf(GetQueueAttributesCommand), { Attributes })))("q");
    expect([await depthOf({ ApproximateNumberOfMessages: "7" }), await depthOf({}), await depthOf(undefined)]).toEqual([7, 0, 0]);
  });

  it("of those who may wait long are asked only where there is one", async () => {
    const sqs = fakeSqs(async () => ({ Attributes: { ApproximateNumberOfMessages: "7" } }));
    expect([await sqsMail(sqs, {}).unawaited(), await sqsMail(sqs, { await: "q/await" }).unawaited()]).toEqual([0, 7]);
  });

  it("get nothing where there is nothing to send", async () => {
    const sqs = fakeSqs(async () => {
      throw new Error("nothing is to be sent");
    });
    await sqsMail(sqs, {}).tasks([]);
  });
});

describe("what is not there", () => {
  it("is no payload without a body", async () => {
    const runtime = await startedRuntime();
    const empty = { ...runtime.payloads, s3: Object.assign(Object.create(runtime.payloads.s3), { send: async () => ({}) }) };
    await expect(loadPayload(empty, { key: "k", bytes: 1, sha256: "0" })).rejects.toThrow("payload k has no body");
  });

  it("is nobody ahead of one that does not wait, nor an end of one that goes on", async () => {
    const { executions } = await startedRuntime();
    expect(await countAhead(executions, { tenant: TENANT, queued: undefined })).toBe(0);
    expect(await isEndLogged(executions, { tenant: TENANT, executionId: EXECUTION, completedAt: undefined })).toBe(false);
  });
});
