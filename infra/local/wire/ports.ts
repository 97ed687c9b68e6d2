import type { Server } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Records } from "../state/records.ts";

/** Somebody else listens on the port that was asked for. */
export class PortTakenError extends Error {
  readonly code = "EADDRINUSE";

  constructor(port: number) {
    super(`port ${port} is taken`);
  }
}

/** Keeps addresses the same from start to start, as long as nobody else takes the port. */
export class Ports {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Starts a server on the port of that name, or on `wanted`. @returns the port. */
  async listen(server: Server, name: string, wanted = 0): Promise<number> {
    const port = await this.reserve(name, wanted);
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    return port;
  }

  /** Finds a free port for a server that starts elsewhere. @throws {PortTakenError} `wanted` is not free. */
  async reserve(name: string, wanted = 0): Promise<number> {
    const known = Number(this.#records.get("port", name) ?? 0);
    if (wanted > 0 && (await probe(wanted)) === undefined) throw new PortTakenError(wanted);
    for (const candidate of [wanted > 0 ? wanted : known, 0]) {
      const port = await probe(candidate);
      if (port === undefined) continue;
      this.#records.put("port", name, String(port));
      return port;
    }
    throw new Error(`no free port for ${name}`);
  }
}

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(isAddress(address) ? address.port : undefined));
    });
  });
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === "object" && address !== null;
