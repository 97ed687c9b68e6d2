import { describe, expect, it } from "vitest";
import { emptyChain, headAfter, linkOf } from "../../../../shared/execution/audit/audit-chain.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const PK = executionPartition(TENANT, EXECUTION);
const PATH = `/api/v1/executions/${EXECUTION}`;

/** An execution that was submitted and is on record as running, its event chained. */
async function world(status: "submitted" | "running" = "submitted") {
  const api = new MemoryApi();
  const execution = await api.runtime.submit({ status: "submitted" });
  const { rows } = api.runtime.tables;
  rows.set(`${PK} META`, { ...headRow({ ...execution, status }), pk: PK, sk: "META" });
  const [event] = eventsIn(api.runtime.tables.changes);
  if (event === undefined) throw new Error("no event");
  const link = linkOf(emptyChain(TENANT, EXECUTION), [event], { last: "1", at: "2026-11-21T10:00:00.000Z", counts: {} });
  const head = headAfter(link);
  rows.set(`${PK} LOG#0000000000`, { pk: PK, sk: "LOG#0000000000", ...link });
  rows.set(`${PK} PROGRESS`, { pk: PK, sk: "PROGRESS", lastSequence: "1", chainLength: head.length, chainHead: head.hash });
  return { api, head, tell: (line: string) => void Object.assign(rows.get(`${PK} META`) ?? {}, { told: [line] }) };
}

describe("GET /executions/{id}/audit", () => {
  it("proves a sound history", async () => {
    const { api, head } = await world();
    const { statusCode, json } = await api.call("GET", `${PATH}/audit`);
    expect({ statusCode, json }).toEqual({
      statusCode: 200,
      json: {
        execution_id: EXECUTION,
        verified: true,
        length: 1,
        head_hash: head.hash,
        unchained: 0,
        replay: { consistent: true, events: 1, difference_count: 0, differences: [] },
      },
    });
  });

  it("names the first defect", async () => {
    const { api, tell } = await world();
    tell('[1,1,"2026-11-21T10:00:00.000Z",[["workflow.status_changed","submitted",{"previous_status":"none","new_status":"failed"}]]]');
    const { json } = await api.call("GET", `${PATH}/audit`);
    expect(json).toMatchObject({
      verified: false,
      length: 0,
      first_defect: { kind: "event_altered", index: 0, link: "0000000000", event: "2026-11-21T10:00:00.000Z#run.1.000001.submitted" },
    });
  });

  it("reports an event that is none any more instead of stumbling over it", async () => {
    const { api, tell } = await world();
    tell('[1,1,7,[["workflow.status_changed","submitted",7]]]');
    const { statusCode, json } = await api.call("GET", `${PATH}/audit`);
    expect({ statusCode, defect: json["first_defect"] }).toMatchObject({ statusCode: 200, defect: { kind: "event_missing" } });
    // The log still has it.
    expect(json["replay"]).toMatchObject({ consistent: true, events: 1 });
  });

  it("says where rows and events differ", async () => {
    const { api } = await world("running");
    const { json } = await api.call("GET", `${PATH}/audit`);
    expect(json).toMatchObject({
      verified: true,
      replay: { consistent: false, difference_count: 1, differences: [{ task_id: null, field: "status", replayed: "submitted", stored: "running" }] },
    });
  });

  it.each(["audit", "replay"])("knows no executions of other tenants: %s", async (route) => {
    const { api } = await world();
    expect((await api.call("GET", `${PATH}/${route}`, { tenant: "other" })).statusCode).toBe(404);
  });
});

describe("GET /executions/{id}/replay", () => {
  it("shows the execution as it stood", async () => {
    const { api } = await world();
    expect((await api.call("GET", `${PATH}/replay`, { query: { at: "2026-11-21T10:00:01Z" } })).json).toEqual({
      execution_id: EXECUTION,
      at: "2026-11-21T10:00:01.000Z",
      status: "submitted",
      run: 1,
      tasks: [],
    });
    expect((await api.call("GET", `${PATH}/replay`, { query: { at: "2026-11-21T10:59:59+01:00" } })).json).toMatchObject({ status: null });
    expect((await api.call("GET", `${PATH}/replay`)).json).toMatchObject({ status: "submitted" });
  });

  it("wants a time", async () => {
    const { api } = await world();
    expect((await api.call("GET", `${PATH}/replay`, { query: { at: "yesterday" } })).statusCode).toBe(400);
  });
});
