import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openSteeredCloud } from "../integration/support/steered-cloud.ts";
import { printTable } from "./print-table.ts";

const { cloud, client } = openSteeredCloud();

/** What events may hold that our rows, triggers and expressions cannot. */
const POISONS: Readonly<Record<string, string>> = {
  "an integer beyond 2^53": '{"order_id":1790000000000000000}',
  "an integer that no double holds": '{"order_id":12345678901234567891}',
  "a number beyond every double": '{"n":1e400}',
  "a large number": '{"n":1e300}',
  "a number that is nearly nothing": '{"n":1e-200}',
  "half an emoji": '{"t":"\\ud83d"}',
  "a key that is half an emoji": '{"\\ud83d":1}',
  "an empty key": '{"":1}',
  "40 levels": `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
  "5 000 levels": `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
  "keys of every object": '{"constructor":1,"__proto__":{"x":1},"toString":2}',
  "a tenant that is none": '{"tenant":{"a":1}}',
  "a tenant that is an injection": '{"tenant":"demo#X"}',
  "200 000 characters": `{"t":"${"x".repeat(200_000)}"}`,
  "20 000 keys": `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join(",")}}`,
};
const Page = z.object({ executions: z.array(z.object({ execution_id: z.string() })) });

describe("events that poison", () => {
  it("harm no neighbour in their batch", async () => {
    const triggers = [{ pattern: { "detail-type": ["order.paid"] }, input_from: { order: "event.detail.order" } }];
    await client.deploy("paid", [{ id: "note" }], { triggers });
    const bus = new EventBridgeClient({ endpoint: cloud.connection().aws_endpoint, region: "eu-central-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
    const tenant = z.object({ tenant: z.string() }).parse((await cloud.call("GET", "/api/v1/me")).body).tenant;
    const names = Object.keys(POISONS);
    const rows: string[][] = [];
    for (const [index, detail] of Object.values(POISONS).entries()) {
      const entry = (DetailType: string, Detail: string) => ({ EventBusName: "a2a-dev-events", Source: "shop", DetailType, Detail });
      const good = JSON.stringify({ tenant, order: index });
      const poison = detail.startsWith('{"tenant"') ? detail : `{"tenant":"${tenant}",${detail.slice(1)}`;
      await bus.send(new PutEventsCommand({ Entries: [entry("order.paid", good)] }));
      // What the bus itself turns away reaches nobody.
      const isTaken = await bus.send(new PutEventsCommand({ Entries: [entry("order.odd", poison)] })).then(({ FailedEntryCount }) => FailedEntryCount === 0, () => false);
      rows.push([names[index] ?? "", isTaken ? "taken by the bus" : "turned away by the bus"]);
    }
    const runs = await cloud.until(async () => {
      const page = Page.parse((await cloud.call("GET", "/api/v1/executions?workflow_id=paid&limit=100")).body);
      return page.executions.length >= names.length ? page.executions : undefined;
    }, "a run for each good event");
    printTable(`poison events: ${runs.length} of ${names.length} neighbours taken`, rows);
    expect(runs).toHaveLength(names.length);
  });
});
