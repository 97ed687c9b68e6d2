import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../functions/dispatch-task/dispatch-task.ts";
import { ROUTES } from "../../../../functions/orchestrator-api/route-table.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";

describe("tenant isolation", () => {
  /** Everything that acme has, by the parameters of the routes. */
  const PARAMS: Readonly<Record<string, string>> = { execution_id: EXECUTION, workflow_id: "drawn", task_id: "a", agent_id: "agent-one" };
  const guarded = ROUTES.filter(({ method, permission }) => method === "GET" && permission !== "public");

  async function furnished() {
    const api = new MemoryApi();
    await api.deploy();
    await api.register("agent-one");
    await api.runtime.submit();
    await dispatchTask(api.runtime, api.runtime.message("a"));
    return api;
  }

  it.each(guarded.map((route) => ({ operation: route.operationId, path: route.path })))("$operation shows another tenant nothing", async ({ path }) => {
    const api = await furnished();
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
    const mine = await api.call("GET", filled);
    expect(mine.statusCode).toBe(200);
    const theirs = await api.call("GET", filled, { tenant: "evil" });
    expect(theirs.statusCode).toBe(path.includes("{") ? 404 : 200);
    for (const mark of [EXECUTION, "agent-one", "drawn", "acme"].filter((word) => !filled.includes(word))) expect(theirs.body).not.toContain(mark);
  });

  it.each(ROUTES.filter(({ method, path }) => method !== "GET" && path.includes("{")).map(({ method, path }) => ({ method, path })))(
    "$method $path does not reach another tenant's things",
    async ({ method, path }) => {
      const api = await furnished();
      const before = structuredClone([...api.runtime.tables.rows]);
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
      const reply = await api.call(method, filled, { tenant: "evil", body: path.endsWith("/input") ? { input: 1 } : {} });
      expect(reply.statusCode).toBe(404);
      expect([...api.runtime.tables.rows]).toEqual(before);
    },
  );

  it("does not take a cursor from one tenant to another", async () => {
    const api = await furnished();
    await api.runtime.submit({ executionId: "exec_second000" });
    const { json } = await api.call("GET", "/api/v1/executions", { query: { limit: "1" } });
    const cursor = String(json["next_cursor"]);
    expect((await api.call("GET", "/api/v1/executions", { query: { cursor } })).statusCode).toBe(200);
    expect((await api.call("GET", "/api/v1/executions", { tenant: "evil", query: { cursor } })).statusCode).toBe(400);
  });

  it.each(["%23", "%2F", "..", "%00", "X%23exec_0123456789", "%E0%A4%A"])("is not broken by an id of '%s'", async (id) => {
    const api = await furnished();
    expect((await api.call("GET", `/api/v1/executions/${id}`, { tenant: "evil" })).statusCode).toBe(404);
  });
});
