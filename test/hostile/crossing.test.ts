import { describe, expect, it } from "vitest";
import * as z from "zod";
import { tokenFor } from "../integration/support/a2a-callers.ts";
import { openSteeredCloud } from "../integration/support/steered-cloud.ts";
import { Fuzzer, OpenApi } from "./fuzz.ts";
import { printTable } from "./print-table.ts";

const { cloud, client } = openSteeredCloud();
/** Stands in everything of the one tenant that the other may not learn. */
const MARK = "only-for-us-7f3a";
const REQUESTS = 4000;

const Created = z.looseObject({ hook_id: z.string().optional(), agent_id: z.string().optional() });

describe("a caller of another tenant", () => {
  it("who knows every id of ours, and may do everything in his own, learns and changes nothing", async () => {
    const agent = { endpoint: "https://agent.example/a2a", agent_id: "agent-ours", capabilities: ["ours"], metadata: { mark: MARK } };
    const made = Created.parse((await cloud.call("POST", "/api/v1/agents", agent)).body);
    await client.deploy(`ours-${MARK}`, [{ id: "say", input: { mark: MARK } }]);
    const id = await client.submit(`ours-${MARK}`, { mark: MARK });
    await client.finished(id);
    const places = [`/api/v1/executions/${id}`, `/api/v1/executions/${id}/tasks/say`, `/api/v1/executions/${id}/output`, "/api/v1/agents/agent-ours", `/api/v1/workflows/ours-${MARK}`];
    const picture = async (): Promise<unknown[]> => Promise.all(places.map(async (place) => (await cloud.call("GET", place)).body));
    const before = await picture();
    expect(JSON.stringify(before)).toContain(MARK);
    const { url } = cloud.connection();
    const token = await tokenFor(cloud, { tenant: "others", subject: "eve", roles: ["admin"] });
    const words = [id, "agent-ours", made.agent_id ?? "agent-ours", `ours-${MARK}`, "say", "1", "1.0"];
    const document = OpenApi.parse((await cloud.call("GET", "/openapi.json")).body);
    const fuzzer = new Fuzzer(document, { seed: 23, words }, (operation) => /^(?:streamExecution|rpc)$/.test(operation));
    const leaks: string[] = [];
    const statuses = new Map<number, number>();
    for (let sent = 0; sent < REQUESTS; sent += 1) {
      const { method, target, body } = fuzzer.next();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const reply = await fetch(`${url}${target}`, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) });
      const text = await reply.text();
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      // What he said himself, he may hear again.
      const told = text.replaceAll(`ours-${MARK}`, "");
      if (told.includes(MARK) || reply.status >= 500) leaks.push(`${method} ${target} → ${reply.status} ${told.slice(0, 200)}`);
    }
    printTable(`tenants crossed: ${REQUESTS} requests`, [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => [String(status), String(count)]));
    expect(leaks).toEqual([]);
    expect(await picture()).toEqual(before);
  });
});
