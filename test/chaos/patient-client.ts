import { setTimeout as sleep } from "node:timers/promises";
import type { Reply, StartedCloud } from "../integration/support/started-cloud.ts";

const AGAIN_MS = 100;
/** Characters of the cloud's output that are quoted when it is gone. */
const QUOTED = 2000;

/** Calls the API of a cloud that may be down at any moment: asks again until it is answered, or `signal` says stop. */
export class PatientClient {
  readonly #cloud: StartedCloud;
  readonly #signal: AbortSignal;

  constructor(cloud: StartedCloud, signal: AbortSignal) {
    this.#cloud = cloud;
    this.#signal = signal;
  }

  /** Everything but "try again later" is an answer. @throws {Error} the signal came first, or the cloud ended by itself; says how the last try went. */
  async call(method: string, target: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    let last = "nothing was tried";
    while (!this.#signal.aborted) {
      try {
        const reply = await this.#cloud.call(method, target, body, headers);
        if (reply.status < 500 && reply.status !== 429) return reply;
        last = `${reply.status} ${JSON.stringify(reply.body)}`;
      } catch (error) {
        last = String(error);
      }
      if (this.#cloud.endedByItself) throw new Error(`the cloud ended by itself: ${this.#cloud.output.slice(-QUOTED)}`);
      await sleep(AGAIN_MS);
    }
    throw new Error(`${method} ${target} was never answered: ${last}`, { cause: this.#signal.reason });
  }

  /** As `call`, and the answer must have this status. */
  async expect(status: number, method: string, target: string, body?: unknown, headers?: Record<string, string>): Promise<unknown> {
    const reply = await this.call(method, target, body, headers);
    if (reply.status !== status) throw new Error(`${method} ${target}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }
}
