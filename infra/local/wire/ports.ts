import type { Server } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Records } from "../state/records.ts";

/** Keeps addresses the same from start to start, as long as nobody else takes the port. */
export class Ports {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Starts a server on the port of that name, `preferred` at first. @returns the port. */
  async listen(server: Server, name: string, preferred = 0): Promise<number> {
    const port = await this.reserve(name, preferred);
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    return port;
  }

  /** Finds a free port for a server that starts elsewhere. */
  async reserve(name: string, preferred = 0): Promise<number> {
    const known = Number(this.#records.get("port", name) ?? 0);
    for (const candidate of preferred > 0 ? [preferred, known, 0] : [known, 0]) {
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

const isAddress = (address: AddressInfo | string | null): address is AddressInfo => typeof address === "object" && address !== null;
