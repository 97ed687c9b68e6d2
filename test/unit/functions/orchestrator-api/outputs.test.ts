import { describe, expect, it } from "vitest";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import { savePayload } from "../../../../shared/execution/store/payload-store.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const PATH = `/api/v1/executions/${EXECUTION}/output`;
const AT = "2026-11-21T10:00:05.000Z";
const PK = executionPartition(TENANT, EXECUTION);

/** An API whose execution runs `a` and then `b` and `c`. */
function world(more: object = {}) {
  const api = new MemoryApi();
  const plan = viewPlan(planOf([task("a"), task("b", ["a"]), task("c", ["a"])], more));
  Object.assign(api.deps, { plan: async () => plan });
  const settle = (id: string, row: object): void => {
    const head = { task: id, run: 1, attempt: 1, move: 3, token: "t", settledAt: AT };
    api.runtime.tables.rows.set(`${PK} TASK#${id}`, { pk: PK, sk: `TASK#${id}`, ...head, ...row });
  };
  return { api, settle };
}

const large = "x".repeat(EXECUTION_LIMITS.messagePayloadBytes);

describe("GET /executions/{id}/output", () => {
  it("gives the outputs that the definition declares", async () => {
    const { api } = world({ outputs: { total: "outputs.b.n" } });
    await api.runtime.submit({ status: "completed", output: { json: '{"total":3}' } });
    const { statusCode, json } = await api.call("GET", PATH);
    expect({ statusCode, json }).toEqual({
      statusCode: 200,
      json: { execution_id: EXECUTION, workflow_id: "drawn", declared: true, output: { total: 3 } },
    });
  });

  it("links to an output that would not fit", async () => {
    const { api } = world({ outputs: { total: "outputs.b.n" } });
    const output = await savePayload(api.runtime.payloads, `T/${TENANT}/X/${EXECUTION}/output`, { total: large });
    await api.runtime.submit({ status: "completed", output });
    const { json } = await api.call("GET", PATH);
    const output_sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    // {"total":"…"}
    expect(json).toMatchObject({ declared: true, output_bytes: large.length + 12, output_sha256 });
    expect(String(json["output_url"])).toContain(`X/${EXECUTION}/output-`);
    expect(json).not.toHaveProperty("output");
  });

  it("gives what an execution that ran as a task handed to its parent, where none are declared", async () => {
    const { api } = world();
    const parent = { execution: "exec_parent00001", task: "sub", attempt: 1 };
    await api.runtime.submit({ status: "completed", parent, output: { json: '{"b":1,"c":null}' } });
    const { json } = await api.call("GET", PATH);
    expect(json).toMatchObject({ declared: false, output: { b: 1, c: null } });
  });

  it("gives the outputs of the last tasks where none are declared, null for one that was skipped", async () => {
    const { api, settle } = world();
    await api.runtime.submit({ status: "completed" });
    settle("a", { state: "completed", output: { json: '"first"' } });
    const text = "y".repeat(60_000);
    settle("b", { state: "completed", output: await savePayload(api.runtime.payloads, "b", { text }) });
    settle("c", { state: "skipped" });
    const { json } = await api.call("GET", PATH);
    expect(json).toMatchObject({ declared: false, output: { b: { text }, c: null } });
    expect(Object.keys(Object(json["output"]))).toEqual(["b", "c"]);
  });

  it("says how to read outputs of last tasks that are too large together", async () => {
    const { api, settle } = world();
    await api.runtime.submit({ status: "completed" });
    settle("b", { state: "completed", output: await savePayload(api.runtime.payloads, "b", large) });
    const { statusCode, json } = await api.call("GET", PATH);
    const remedy = "read them task by task, or name 'outputs' in the definition";
    expect({ statusCode, detail: json["detail"] }).toEqual({
      statusCode: 409,
      detail: `the last tasks of execution '${EXECUTION}' have outputs of 4000002 bytes; ${remedy}`,
    });
  });

  it.each([
    { status: "running", remedy: "wait until it is completed" },
    { status: "paused", remedy: "wait until it is completed" },
    { status: "failed", remedy: "see its tasks" },
    { status: "cancelled", remedy: "see its tasks" },
  ] as const)("refuses one that is $status", async ({ status, remedy }) => {
    const { api } = world();
    await api.runtime.submit({ status });
    const { statusCode, json } = await api.call("GET", PATH);
    expect({ statusCode, detail: json["detail"] }).toEqual({
      statusCode: 409,
      detail: `execution '${EXECUTION}' is ${status} and has no output; ${remedy}`,
    });
  });

  it("does not find an unknown execution", async () => {
    const { statusCode, json } = await world().api.call("GET", PATH);
    expect({ statusCode, title: json["title"], detail: json["detail"] }).toEqual({
      statusCode: 404,
      title: "not found",
      detail: `execution '${EXECUTION}' was not found`,
    });
  });
});
