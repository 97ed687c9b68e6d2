import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { OutboxEntry } from "../../../../infra/local/state/outbox.ts";
import { Outbox } from "../../../../infra/local/state/outbox.ts";
import { CLOUD_SCHEMA } from "../../../../infra/local/state/schema.ts";
import { TurnDatabase } from "../../../../infra/local/state/turn-database.ts";

const entry = { target: "t", payload: "p", options: "{}" };

it("tries a delivery again until its courier gives up", async () => {
  const outbox = new Outbox(new TurnDatabase(":memory:", CLOUD_SCHEMA));
  const attempts: number[] = [];
  const givenUp = Promise.withResolvers<OutboxEntry>();
  outbox.setCourier("lambda", {
    deliver: async ({ attempts: failed }) => {
      attempts.push(failed);
      throw new Error("no");
    },
    retryDelayMs: ({ attempts: failed }) => (failed > 2 ? undefined : 1),
    giveUp: (each) => givenUp.resolve(each),
  });
  outbox.add("lambda", entry);
  expect(await givenUp.promise).toMatchObject({ ...entry, attempts: 3 });
  expect(attempts).toEqual([0, 1, 2]);
});

it("takes up after a restart what was accepted and not delivered, and nothing else", async () => {
  const directory = mkdtempSync(join(tmpdir(), "outbox-"));
  const delivered: string[] = [];
  const open = (deliver: (each: OutboxEntry) => Promise<void>): { outbox: Outbox; database: TurnDatabase } => {
    const database = new TurnDatabase(join(directory, "o.sqlite"), CLOUD_SCHEMA);
    const outbox = new Outbox(database);
    outbox.setCourier("lambda", { deliver, retryDelayMs: () => 60_000, giveUp: () => {} });
    return { outbox, database };
  };
  const first = open(async ({ payload }) => {
    if (payload === "hangs") await new Promise(() => {});
    delivered.push(payload);
  });
  for (const payload of ["done", "hangs"]) first.outbox.add("lambda", { ...entry, payload });
  await expect.poll(() => delivered).toEqual(["done"]);
  await new Promise((resolve) => setImmediate(resolve));
  first.outbox.stop();
  first.database.close();
  const second = open(async ({ payload }) => void delivered.push(`${payload} again`));
  second.outbox.resume();
  await expect.poll(() => delivered).toEqual(["done", "hangs again"]);
  second.outbox.stop();
  second.database.close();
  rmSync(directory, { recursive: true });
});
