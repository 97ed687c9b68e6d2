import { beforeEach, describe, expect, it } from "vitest";
import { sweepSchedules } from "../../../functions/run-schedules/run-schedules.ts";
import { present } from "../../../shared/core/present.ts";
import { workflowStarter } from "../../../shared/execution/run/create-submitter.ts";
import { loadExecution } from "../../../shared/execution/store/execution-store.ts";
import { carryOut, type ScheduleDeps } from "../../../functions/run-schedules/carry-out-schedule.ts";
import { type LookOrder, lookSender } from "../../../shared/workflow/store/schedule-mail.ts";
import type { ScheduleTrigger } from "../../../shared/workflow/definition/workflow-definition.ts";
import { fakeSqs } from "../../fixtures/runtime/fake-client.ts";
import { meanwhile } from "../../fixtures/runtime/meanwhile.ts";
import { controlOf } from "../../fixtures/runtime/memory-control.ts";
import { MemoryApi } from "../../fixtures/runtime/memory-api.ts";
import { TENANT } from "../../fixtures/runtime/memory-runtime.ts";

const HOUR = 3_600_000;
const HALF_PAST_NINE = Date.parse("2027-01-04T09:30:00Z");

let api: MemoryApi;
let deps: ScheduleDeps;
beforeEach(() => {
  api = new MemoryApi();
  const { runtime } = api;
  const steering = controlOf(runtime).deps;
  const submit = { ...api.deps, ...steering, before: runtime.before };
  deps = { definitions: api.deps.definitions, steering, start: workflowStarter(submit, api.deps.definitions), now: runtime.now };
  runtime.time = HALF_PAST_NINE;
});

const hourly = (more: Partial<ScheduleTrigger> = {}): ScheduleTrigger => ({
  schedule: "cron(0 * * * ? *)",
  timezone: "UTC",
  overlap: "allow",
  catchUp: "last",
  jitterSeconds: 0,
  inputFrom: {},
  ...more,
});

/** Deploys a version with schedules, and says which those of the workflow are. */
async function deployed(triggers: readonly ScheduleTrigger[], version = "1.0"): Promise<string[]> {
  const plan = version === "1.0" ? {} : { plan: version.padEnd(64, "0").replaceAll(".", "a") };
  await api.deploy({ version, ...plan, triggers: [...triggers], createdAt: new Date(api.runtime.time).toISOString() });
  return (await shown()).map(({ schedule_id: id }) => id);
}

interface Shown {
  readonly schedule_id: string;
  readonly status: string;
  readonly waiting: readonly string[];
  readonly runs: readonly { readonly outcome: string; readonly due_at: string; readonly execution_id?: string; readonly reason?: string }[];
}
const shown = async (): Promise<Shown[]> => JSON.parse((await api.call("GET", "/api/v1/schedules")).body).schedules;

/** Looks at a schedule at a time of that day, as the queue does. */
async function lookAt(id: string, time: string): Promise<string[]> {
  api.runtime.time = Date.parse(`2027-01-04T${time}Z`);
  const runs = await carryOut(deps, { tenant: TENANT, schedule: id });
  return runs.map(({ due_at, outcome }) => `${due_at.slice(11, 16)} ${outcome}`);
}

const only = <Item>([item]: readonly Item[]): Item => present(item);

describe("a tick of a schedule", () => {
  it("starts one execution, however often it is asked for, with what its trigger says of it", async () => {
    const id = only(await deployed([hourly({ inputFrom: { at: "event.time", workflow: "event.detail.workflow_id" } })]));
    expect(await lookAt(id, "09:59:59")).toEqual([]);
    expect(await lookAt(id, "10:00:00")).toEqual(["10:00 started"]);
    expect(await lookAt(id, "10:00:01")).toEqual([]);
    const [schedule] = await shown();
    const execution = await loadExecution(api.runtime.executions, TENANT, schedule?.runs[0]?.execution_id ?? "");
    expect(execution).toMatchObject({ submittedBy: "schedule", input: { json: JSON.stringify({ at: "2027-01-04T10:00:00.000Z", workflow: "drawn" }) } });
    expect(schedule).toMatchObject({ next_due: "2027-01-04T11:00:00.000Z", next_runs: [11, 12, 13, 14, 15].map((hour) => `2027-01-04T${hour}:00:00.000Z`) });
  });

  it("starts one execution when the function is killed after its start, and before it is on record", async () => {
    const id = only(await deployed([hourly()]));
    const { start } = deps;
    const ids: string[] = [];
    const dies = async (wish: Parameters<typeof start>[0]): Promise<never> => {
      ids.push((await start(wish)).executionId);
      throw new Error("killed");
    };
    for (const second of ["00", "20"]) {
      deps = { ...deps, start: dies };
      await expect(lookAt(id, `10:00:${second}`)).rejects.toThrow("killed");
    }
    deps = { ...deps, start };
    expect(await lookAt(id, "10:00:40")).toEqual(["10:00 started"]);
    expect(new Set([...ids, only(await shown()).runs[0]?.execution_id]).size).toBe(1);
  });

  it("starts one execution when two look at it at once", async () => {
    const id = only(await deployed([hourly()]));
    api.runtime.time += HOUR / 2;
    const both = await Promise.all([1, 2].map(() => carryOut(deps, { tenant: TENANT, schedule: id })));
    expect(both.reduce((sum, { length }) => sum + length, 0)).toBe(1);
    expect((await api.call("GET", "/api/v1/executions")).json["executions"]).toHaveLength(1);
  });

  it.each([
    { catchUp: "none", runs: [], missed: 3 },
    { catchUp: "last", runs: ["12:00 started"], missed: 2 },
    { catchUp: "all", runs: ["10:00 started", "11:00 started", "12:00 started"], missed: 0 },
  ] as const)("after three hours down, catch_up $catchUp makes up for $runs", async ({ catchUp, runs, missed }) => {
    const id = only(await deployed([hourly({ catchUp })]));
    expect(await lookAt(id, "12:30:00")).toEqual(runs);
    expect(await shown()).toMatchObject([{ missed, next_due: "2027-01-04T13:00:00.000Z" }]);
    expect(await lookAt(id, "13:00:05")).toEqual(["13:00 started"]);
  });

  it.each([
    { overlap: "skip", second: ["11:00 skipped"], waiting: 0, first: "running", later: [] },
    { overlap: "queue", second: [], waiting: 1, first: "running", later: ["11:00 started"] },
    { overlap: "replace", second: ["11:00 started"], waiting: 0, first: "cancelled", later: [] },
    { overlap: "allow", second: ["11:00 started"], waiting: 0, first: "running", later: [] },
  ] as const)("while the execution before is open, overlap $overlap gives $second", async ({ overlap, second, waiting, first, later }) => {
    const id = only(await deployed([hourly({ overlap })]));
    await lookAt(id, "10:00:00");
    const execution = only(await shown()).runs[0]?.execution_id ?? "";
    expect(await lookAt(id, "11:00:00")).toEqual(second);
    expect(only(await shown()).waiting).toHaveLength(waiting);
    expect((await loadExecution(api.runtime.executions, TENANT, execution)).status).toMatch(first === "running" ? /submitted|running/ : /cancelled/);
    await api.call("POST", `/api/v1/executions/${execution}/control`, { body: { action: "cancel" } });
    expect(await lookAt(id, "11:01:00")).toEqual(later);
    expect(only(await shown()).waiting).toEqual([]);
  });

  it("runs the version that it names, and is on record as failed where there is none", async () => {
    const id = only(await deployed([hourly({ version: "0.9" })]));
    expect(await lookAt(id, "10:00:00")).toEqual(["10:00 failed"]);
    expect(only(await shown()).runs).toMatchObject([{ reason: expect.stringContaining("drawn:0.9") }]);
    await deployed([], "0.9");
    await deployed([hourly({ version: "0.9" })], "1.1");
    expect(await lookAt(id, "11:00:00")).toEqual(["11:00 started"]);
  });

  it("comes later by its jitter, always by the same", async () => {
    const id = only(await deployed([hourly({ jitterSeconds: 600 })]));
    const seen: number[] = [];
    for (let second = 0; second < 600 && seen.length === 0; second += 1) {
      const runs = await lookAt(id, new Date(Date.parse("2027-01-04T10:00:00Z") + second * 1000).toISOString().slice(11, 19));
      if (runs.length > 0) seen.push(second);
    }
    expect(seen).toHaveLength(1);
    expect(only(await shown()).runs).toMatchObject([{ due_at: "2027-01-04T10:00:00.000Z", outcome: "started" }]);
  });

  it("is asked for by a sweep that comes before it, for the second at which it is due", async () => {
    const id = only(await deployed([hourly()]));
    const sweep = async (time: string): Promise<LookOrder[]> => {
      const sent: LookOrder[] = [];
      api.runtime.time = Date.parse(`2027-01-04T${time}Z`);
      await sweepSchedules({ ...deps, send: async (orders) => void sent.push(...orders) });
      return sent;
    };
    expect(await sweep("09:58:40")).toEqual([]);
    expect(await sweep("09:59:40")).toEqual([{ tenant: TENANT, schedule: id, delaySeconds: 20 }]);
    expect(await sweep("10:00:40")).toEqual([{ tenant: TENANT, schedule: id, delaySeconds: 0 }]);
    await lookAt(id, "10:00:40");
    expect(await sweep("10:00:41")).toEqual([]);
  });
});

describe("schedules of a workflow", () => {
  it("are those of its newest version; one that stays goes on as it was", async () => {
    const [stays] = await deployed([hourly()]);
    await api.call("POST", `/api/v1/schedules/${stays}/pause`, { body: {} });
    const daily = hourly({ schedule: "cron(0 6 * * ? *)" });
    expect(await deployed([hourly(), daily], "1.1")).toHaveLength(2);
    expect((await shown()).find(({ schedule_id: id }) => id === stays)).toMatchObject({ status: "paused" });
    expect(await deployed([daily], "1.2")).toHaveLength(1);
    expect(await deployed([], "1.3")).toEqual([]);
  });

  it("that the newest version has no longer start nothing and go, whatever left them behind", async () => {
    const id = only(await deployed([hourly()]));
    for (const [key, row] of api.runtime.tables.rows) if (key.includes("LATEST")) api.runtime.tables.rows.set(key, { ...row, triggers: [] });
    expect(await lookAt(id, "10:00:00")).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  it("are paused and resumed: what would have come meanwhile was not missed", async () => {
    const id = only(await deployed([hourly()]));
    const act = async (verb: string) => (await api.call("POST", `/api/v1/schedules/${id}/${verb}`, { body: {} })).json;
    expect(await act("pause")).toMatchObject({ status: "paused", next_runs: [] });
    expect(await lookAt(id, "12:30:00")).toEqual([]);
    expect(await act("resume")).toMatchObject({ status: "active", missed: 0, next_due: "2027-01-04T13:00:00.000Z" });
    expect(await act("resume")).toMatchObject({ status: "active" });
    expect((await api.call("GET", `/api/v1/schedules/${id}`)).json).toMatchObject({ schedule_id: id, updated_by: expect.any(String) });
    expect((await api.call("GET", "/api/v1/schedules/sched_none")).statusCode).toBe(404);
  });

  it("end with their last tick, and cannot be paused then", async () => {
    const id = only(await deployed([hourly({ schedule: "at(2027-01-04T10:00:00)" })]));
    expect(await lookAt(id, "10:00:10")).toEqual(["10:00 started"]);
    expect(await shown()).toMatchObject([{ status: "ended", next_runs: [] }]);
    expect((await api.call("POST", `/api/v1/schedules/${id}/pause`, { body: {} })).statusCode).toBe(409);
  });

  it("survive two versions that are recorded at once: those of the newest are there", async () => {
    const daily = hourly({ schedule: "cron(0 6 * * ? *)" });
    await deployed([hourly()]);
    const { tables } = api.runtime;
    const put = (more: object): void => {
      const [key, row] = [...tables.rows].find(([name]) => name.includes("LATEST")) ?? ["", {}];
      tables.rows.set(key, { ...row, ...more });
    };
    const seen = meanwhile(api.runtime, { sk: "LATEST" }, () => put({ plan: "e".repeat(64), triggers: [daily] }));
    expect(await deployed([hourly({ timezone: "Asia/Tokyo" })], "1.1")).toHaveLength(2);
    expect(seen.writes).toBe(2);
    const always = meanwhile(api.runtime, { sk: "LATEST", times: 99 }, () => put({ plan: String(always.writes).padEnd(64, "0") }));
    await expect(deployed([], "1.2")).rejects.toThrow("workflow 'drawn' keeps changing");
  });

  it("are paused also when a tick comes first, but not against ticks without end", async () => {
    const id = only(await deployed([hourly()]));
    const { tables } = api.runtime;
    const tick = (): void => {
      const [key, row] = [...tables.rows].find(([name]) => name.endsWith(id)) ?? ["", {}];
      tables.rows.set(key, { ...row, revision: Number(row["revision"]) + 1000 });
    };
    meanwhile(api.runtime, { sk: id, times: 99 }, tick);
    expect((await api.call("POST", `/api/v1/schedules/${id}/pause`, { body: {} })).statusCode).toBe(503);
  });

  it("go when their workflow is gone, and stay when that cannot be read", async () => {
    const id = only(await deployed([hourly()]));
    const { tables } = api.runtime;
    tables.onSend = (command, input) => {
      if (command === "GetCommand" && JSON.stringify(input).includes("LATEST")) throw new Error("throttled");
    };
    await expect(lookAt(id, "10:00:00")).rejects.toThrow("throttled");
    tables.onSend = () => {};
    for (const key of tables.rows.keys()) if (key.includes("LATEST")) tables.rows.delete(key);
    expect(await lookAt(id, "10:00:01")).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  it("are looked at by messages of which SQS takes all, or the sweep fails", async () => {
    const sent: object[] = [];
    const orders = [{ tenant: TENANT, schedule: "sched_1", delaySeconds: 0.2 }, { tenant: TENANT, schedule: "sched_2", delaySeconds: 9999 }];
    await lookSender(fakeSqs(async ({ input }) => {
      sent.push(input);
      return {};
    }), "queue")(orders);
    expect(sent).toMatchObject([{ QueueUrl: "queue", Entries: [{ MessageGroupId: TENANT, DelaySeconds: 1, MessageBody: '{"tenant":"acme","schedule":"sched_1"}' }, { DelaySeconds: 900 }] }]);
    const refusing = lookSender(fakeSqs(async () => ({ Failed: [{ Id: "0" }] })), "queue");
    await expect(refusing(orders)).rejects.toThrow("SQS did not take 1 of 2 looks at schedules");
  });
});
