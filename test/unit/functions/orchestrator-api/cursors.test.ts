import { describe, expect, it } from "vitest";
import * as z from "zod";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

const Listing = z.object({ executions: z.array(z.object({ execution_id: z.string() })), next_cursor: z.string().optional() });

describe("cursors", () => {
  const cursorOf = (key: object): string => Buffer.from(JSON.stringify(key)).toString("base64url");

  async function page(api: MemoryApi, query: Record<string, string>) {
    return api.call("GET", "/api/v1/executions", { query });
  }

  it("lead through every row once, newest first", async () => {
    const api = new MemoryApi();
    for (let index = 0; index < 5; index += 1) {
      await api.runtime.submit({ executionId: `exec_000000000${index}`, submittedAt: new Date(Date.parse("2026-11-21T10:00:00Z") + index).toISOString() });
    }
    const ids: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await page(api, { limit: "2", ...(cursor === undefined ? {} : { cursor }) });
      const { executions, next_cursor: next } = Listing.parse(json);
      ids.push(...executions.map(({ execution_id: id }) => id.at(-1)));
      cursor = next;
    } while (cursor !== undefined);
    expect(ids).toEqual(["4", "3", "2", "1", "0"]);
  });

  const good = { pk: "T#acme#X#exec_0000000001", sk: "META", byTenant: "T#acme#X", submittedAt: "2026-11-21T10:00:00.001Z" };

  it.each([
    { what: "another tenant's row", key: { ...good, pk: "T#evil#X#exec_0000000001" } },
    { what: "another tenant's index partition", key: { ...good, byTenant: "T#evil#X" } },
    { what: "another listing", key: { pk: good.pk, sk: "META", byStatus: "T#acme#S#running", submittedAt: good.submittedAt } },
    { what: "a key too many", key: { ...good, more: "x" } },
    { what: "a key too few", key: { pk: good.pk, sk: "META", byTenant: good.byTenant } },
    { what: "an empty key, which DynamoDB refuses", key: { ...good, submittedAt: "" } },
    { what: "a key longer than DynamoDB takes", key: { ...good, submittedAt: "x".repeat(1025) } },
    { what: "a number", key: { ...good, submittedAt: 7 } },
    { what: "a list", key: [] },
  ])("that name $what are refused", async ({ key }) => {
    expect((await page(new MemoryApi(), { cursor: cursorOf(key) })).statusCode).toBe(400);
  });

  it("of one execution are refused by another whose id begins the same", async () => {
    const api = new MemoryApi();
    await api.runtime.submit({ executionId: "exec_00000000011" });
    await api.runtime.submit({ executionId: "exec_0000000001" });
    const cursor = cursorOf({ pk: "T#acme#X#exec_00000000011", sk: "LOG#0000000000#0000000000" });
    expect((await api.call("GET", "/api/v1/executions/exec_0000000001/events", { query: { cursor } })).statusCode).toBe(400);
    expect((await api.call("GET", "/api/v1/executions/exec_00000000011/events", { query: { cursor } })).statusCode).toBe(200);
    expect((await api.call("GET", "/api/v1/executions/exec_00000000011/tasks", { query: { cursor } })).statusCode).toBe(400);
    const astray = cursorOf({ pk: "T#acme#X#exec_00000000011", sk: "LOG#x" });
    expect((await api.call("GET", "/api/v1/executions/exec_00000000011/events", { query: { cursor: astray } })).statusCode).toBe(400);
  });
});
