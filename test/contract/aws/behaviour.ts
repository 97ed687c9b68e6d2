import type { Aws } from "./clients.ts";

/** One thing AWS does that we build on, as a request and what came of it. */
export interface Behaviour {
  readonly name: string;
  /** Where AWS says so. */
  readonly source: string;
  readonly observe: (aws: Aws) => Promise<unknown>;
  readonly expected: unknown;
}

/** What a refused call says: its code. An answer is a finding too. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Asks until there is an answer; {@link PATIENCE_MS} long. */
export async function eventually<Found>(ask: () => Promise<Found | undefined>): Promise<Found> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error("nothing came");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const PATIENCE_MS = 60_000;
const POLL_MS = 50;
