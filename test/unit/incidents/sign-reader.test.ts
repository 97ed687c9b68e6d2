import { beforeEach, describe, expect, it } from "vitest";
import { createAgentDirectory } from "../../../shared/agents/pool/agent-directory.ts";
import { saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { stepBreaker, UNTOUCHED } from "../../../shared/agents/store/breaker-store.ts";
import { saveSigns } from "../../../shared/agents/store/vital-store.ts";
import { bucketOf } from "../../../shared/agents/registry/quantile-sketch.ts";
import { WHOLE } from "../../../shared/analytics/series.ts";
import { saveWindows } from "../../../shared/analytics/store/aggregate-store.ts";
import { readQueues, signReader } from "../../../shared/incidents/store/sign-reader.ts";
import { agentOf, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

const NOW = Date.parse("2026-11-21T10:00:30.000Z");
const AT = "2026-11-21T09:59:00.000Z";

describe("reading a tenant's signs", () => {
  let tables: MemoryTables;
  let read: ReturnType<typeof signReader>;
  const agents = () => ({ db: tables.client, table: "agents" });
  const control = () => ({ db: tables.client, table: "control" });

  beforeEach(() => {
    tables = new MemoryTables();
    read = signReader(control(), createAgentDirectory(agents(), () => new Date(NOW)));
  });

  it("says of each agent how it stands, and what only it can do", async () => {
    await saveAgent(agents(), { ...agentOf("a"), endpoint: "https://one.test:8443/x", capabilities: ["sum", "sort"] });
    await saveAgent(agents(), { ...agentOf("b"), capabilities: ["sum"], status: "INACTIVE", quarantine: { reason: "r", by: "ann", at: AT } });
    await saveAgent(agents(), { ...agentOf("c"), capabilities: ["sort"] });
    await saveSigns(agents(), TENANT, { kind: "P", signs: [{ agentId: "a", sign: { at: AT, ok: false, has_succeeded: true, failures: 2, failing_since: AT } }] });
    await saveSigns(agents(), TENANT, { kind: "L", signs: [{ agentId: "a", sign: { at: AT, tasks: 9, error_rate: 0.7 } }] });
    const open = { ...UNTOUCHED.state, state: "open" as const, since: NOW };
    await stepBreaker(agents(), { tenant: TENANT, agentId: "a" }, { from: UNTOUCHED, state: open, policy: UNTOUCHED.policy, by: "test", now: NOW });
    const { agents: found, waiting, minutes, usualP95Ms } = await read(TENANT, { waiting: 7, now: NOW });
    expect(found).toEqual([
      { agentId: "a", origin: "https://one.test:8443", status: "ACTIVE", isQuarantined: false, failedProbes: 2, breaker: "open", errorRate: 0.7, learntAt: Date.parse(AT), onlyOneFor: ["sum"] },
      { agentId: "b", origin: expect.any(String), status: "INACTIVE", isQuarantined: true, failedProbes: 0, breaker: "closed", errorRate: 0, learntAt: 0, onlyOneFor: [] },
      { agentId: "c", origin: expect.any(String), status: "ACTIVE", isQuarantined: false, failedProbes: 0, breaker: "closed", errorRate: 0, learntAt: 0, onlyOneFor: [] },
    ]);
    expect([waiting, minutes.size, usualP95Ms]).toEqual([7, 0, undefined]);
  });

  it("reads the last quarter of an hour, and what was usual last week once an hour", async () => {
    const windows = (level: "1m" | "1h", names: readonly string[]) =>
      saveWindows(control(), { tenant: TENANT, series: WHOLE, level }, new Map(names.map((name) => [name, { n: 1, [`d${bucketOf(1000)}`]: 10 }])));
    await windows("1m", ["2026-11-21T10:00:00.000Z", "2026-11-21T09:46:00.000Z", "2026-11-21T09:30:00.000Z"]);
    await windows("1h", ["2026-11-20T10:00:00.000Z"]);
    const first = await read(TENANT, { waiting: 0, now: NOW });
    expect([...first.minutes.keys()].toSorted()).toEqual(["2026-11-21T09:46:00.000Z", "2026-11-21T10:00:00.000Z"]);
    expect(first.usualP95Ms).toBeGreaterThan(900);
    const calls = tables.calls.length;
    await read(TENANT, { waiting: 0, now: NOW });
    expect(tables.calls.length - calls).toBeLessThan(4);
  });

  it("knows what the last hour cost, and what the same hour used to, from three days on", async () => {
    const costing = (level: "5m" | "1h", dollars: Readonly<Record<string, number>>) =>
      saveWindows(control(), { tenant: TENANT, series: WHOLE, level }, new Map(Object.entries(dollars).map(([name, cost]) => [name, { n: 1, m: 1, x: cost * 1e6 }])));
    await costing("5m", { "2026-11-21T09:55:00.000Z": 3, "2026-11-21T09:05:00.000Z": 4, "2026-11-21T08:55:00.000Z": 50 });
    await costing("1h", { "2026-11-20T10:00:00.000Z": 1, "2026-11-19T10:00:00.000Z": 2, "2026-11-19T11:00:00.000Z": 90 });
    expect(await read(TENANT, { waiting: 0, now: NOW })).toMatchObject({ hourCost: 7, usualHourCost: undefined });
    await costing("1h", { "2026-11-18T10:00:00.000Z": 9 });
    const other = signReader(control(), createAgentDirectory(agents(), () => new Date(NOW)));
    expect(await other(TENANT, { waiting: 0, now: NOW })).toMatchObject({ hourCost: 7, usualHourCost: 2 });
  });

  it("asks each queue how many messages wait in it", async () => {
    const depth = (url: string): Promise<number> => Promise.resolve(url.length);
    expect(await readQueues(depth, { work: [{ name: "settle", url: "abc" }], dead: [{ name: "settle-dead", url: "abcde" }] })).toEqual({
      work: [{ name: "settle", waiting: 3 }],
      dead: [{ name: "settle-dead", waiting: 5 }],
    });
  });
});
