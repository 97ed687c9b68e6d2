import { describe, expect, it } from "vitest";
import {
  type Delivery,
  deliverPush,
  type DeliverPushDeps,
  isWorthAnotherTry,
  PushNotTakenError,
  spreadNews,
} from "../../../functions/deliver-push/deliver-push.ts";
import { ForbiddenUrlError } from "../../../shared/a2a/errors.ts";
import type { Exchanged, ExchangeRequest } from "../../../shared/a2a/http-exchange.ts";
import { type PushConfig, savePushConfig } from "../../../shared/endpoint/store/push-config-store.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

const place = { tenant: TENANT, execution: EXECUTION };
const CONFIG: PushConfig = {
  id: "c",
  url: "https://hook.test/a",
  dialect: "1.0",
  token: "t",
  scheme: "Basic",
  credentials: "abc",
};

interface Given {
  readonly config?: Partial<PushConfig>;
  readonly status?: "running" | "completed";
  readonly answer?: Exchanged;
}

const TAKEN: Exchanged = { kind: "reply", status: 204, headers: {}, body: "" };

async function world({ config = {}, status = "running", answer = TAKEN }: Given = {}) {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  const ends =
    status === "completed" ? { startedAt: "2026-11-21T10:00:00.000Z", completedAt: "2026-11-21T10:00:09.000Z" } : {};
  await runtime.submit({ status, ...ends });
  await savePushConfig(runtime.executions, place, { ...CONFIG, ...config });
  const sent: ExchangeRequest[] = [];
  const queued: Delivery[] = [];
  const deps: DeliverPushDeps = {
    executions: runtime.executions,
    payloads: runtime.payloads,
    plan: runtime.plan,
    hosts: new Set(),
    now: () => new Date("2021-02-25T15:02:10.500Z"),
    exchange: Object.assign(
      async (request: ExchangeRequest) => {
        sent.push(request);
        return answer;
      },
      { close: () => {} },
    ),
    enqueue: async (deliveries) => void queued.push(...deliveries),
  };
  return { deps, sent, queued, runtime };
}

describe("spreadNews", () => {
  it("makes a delivery for each receiver, and none where nobody listens", async () => {
    const { deps, queued, runtime } = await world();
    await savePushConfig(runtime.executions, place, { ...CONFIG, id: "d" });
    await spreadNews(deps, { detail: { tenant: TENANT, execution_id: EXECUTION } });
    await spreadNews(deps, { detail: { tenant: TENANT, execution_id: "exec_9999999999" } });
    await spreadNews(deps, { detail: { tenant: "other", execution_id: EXECUTION } });
    expect(queued).toEqual([
      { ...place, config: "c" },
      { ...place, config: "d" },
    ]);
  });
});

describe("what is asked of people in a nested execution", () => {
  const child = "exec_00000000c1";
  const news = (type: string) => ({ "detail-type": type, detail: { tenant: TENANT, execution_id: child } });

  it.each(["task.input_required", "task.input_provided", "task.parked", "task.decided"])("is news of those above: %s", async (type) => {
    const { deps, queued, runtime } = await world();
    await runtime.submit({ executionId: child, parent: { execution: EXECUTION, task: "a", attempt: 1 } });
    await spreadNews(deps, news(type));
    expect(queued).toEqual([{ ...place, config: "c" }]);
  });

  it("is all that is: its own moves tell nothing above, and what is gone has nothing above it", async () => {
    const { deps, queued, runtime } = await world();
    await spreadNews(deps, news("task.input_required"));
    await runtime.submit({ executionId: child, parent: { execution: EXECUTION, task: "a", attempt: 1 } });
    await spreadNews(deps, news("workflow.status_changed"));
    expect(queued).toEqual([]);
  });
});

describe("deliverPush", () => {
  it("tells that a task goes on, with the secrets of the configuration", async () => {
    const { deps, sent } = await world();
    expect(await deliverPush(deps, { ...place, config: "c" }, "msg_1")).toBe("delivered");
    expect(sent).toMatchObject([
      {
        method: "POST",
        headers: {
          "content-type": "application/a2a+json",
          "x-a2a-notification-token": "t",
          authorization: "Basic abc",
        },
      },
    ]);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      statusUpdate: { taskId: EXECUTION, status: { state: "TASK_STATE_WORKING" } },
    });
  });

  it("signs instead of showing the secret, and calls every try by the same name", async () => {
    const config = { scheme: "hmac", credentials: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
    const { deps, sent } = await world({ config });
    await deliverPush(deps, { ...place, config: "c" }, "msg_1");
    await deliverPush(deps, { ...place, config: "c" }, "msg_1");
    expect(sent[0]?.headers).toMatchObject({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1614265330",
      "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(sent[0]?.headers).not.toHaveProperty("authorization");
    expect(sent[1]?.headers).toEqual(sent[0]?.headers);
  });

  it("hands over a task that is over as a whole, and to 0.3 bare", async () => {
    const current = await world({ status: "completed" });
    await deliverPush(current.deps, { ...place, config: "c" }, "msg_1");
    expect(JSON.parse(current.sent[0]?.body ?? "")).toMatchObject({
      task: { id: EXECUTION, status: { state: "TASK_STATE_COMPLETED" }, artifacts: [] },
    });
    const legacy = await world({ status: "completed", config: { dialect: "0.3", url: "https://hook.test/b" } });
    await deliverPush(legacy.deps, { ...place, config: "c" }, "msg_1");
    expect(JSON.parse(legacy.sent[0]?.body ?? "")).toMatchObject({
      kind: "task",
      id: EXECUTION,
      status: { state: "completed" },
    });
    expect(legacy.sent[0]?.headers["content-type"]).toBe("application/json");
  });

  it("tells nobody who was taken off the list, or whose task is unknown", async () => {
    const { deps, sent, runtime } = await world();
    expect(await deliverPush(deps, { ...place, config: "gone" }, "msg_1")).toBe("void");
    const elsewhere = { tenant: TENANT, execution: "exec_9999999999" };
    await savePushConfig(runtime.executions, elsewhere, CONFIG);
    expect(await deliverPush(deps, { ...elsewhere, config: "c" }, "msg_1")).toBe("void");
    expect(sent).toEqual([]);
  });

  it.each<{ answer: Exchanged; why: string }>([
    { answer: { kind: "reply", status: 500, headers: {}, body: "" }, why: "it answered 500" },
    { answer: { kind: "reply", status: 302, headers: {}, body: "" }, why: "it answered 302" },
    { answer: { kind: "not-sent", reason: "ECONNREFUSED" }, why: "ECONNREFUSED" },
    { answer: { kind: "lost", reason: "no whole reply", timedOut: true }, why: "no whole reply" },
    { answer: { kind: "too-large", maxBytes: 10 }, why: "its answer is longer than 10 bytes" },
  ])("comes again when $why", async ({ answer, why }) => {
    const { deps } = await world({ answer });
    const failure = await deliverPush(deps, { ...place, config: "c" }, "msg_1").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PushNotTakenError);
    expect(String(failure)).toContain(`https://hook.test did not take the push: ${why}`);
    expect(isWorthAnotherTry(failure)).toBe(true);
  });

  it("goes nowhere inside, and does not try again", async () => {
    const { deps, sent } = await world({ config: { url: "http://10.0.0.1/" } });
    const failure = await deliverPush(deps, { ...place, config: "c" }, "msg_1").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ForbiddenUrlError);
    expect(isWorthAnotherTry(failure)).toBe(false);
    expect(sent).toEqual([]);
  });
});
