import { createServer } from "node:http";
import { expect, it } from "vitest";
import { Records } from "../../../../infra/local/state/records.ts";
import { CLOUD_SCHEMA } from "../../../../infra/local/state/schema.ts";
import { TurnDatabase } from "../../../../infra/local/state/turn-database.ts";
import { Ports, PortTakenError } from "../../../../infra/local/wire/ports.ts";

it("keeps a port from start to start, moves when it is taken, and refuses a taken port that was asked for", async () => {
  const ports = new Ports(new Records(new TurnDatabase(":memory:", CLOUD_SCHEMA)));
  const first = await ports.reserve("api");
  expect(await ports.reserve("api")).toBe(first);
  const server = createServer();
  await ports.listen(server, "other", first);
  expect(await ports.reserve("api")).not.toBe(first);
  await expect(ports.reserve("api", first)).rejects.toThrow(PortTakenError);
  server.close();
});
