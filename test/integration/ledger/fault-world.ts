import { setTimeout as sleep } from "node:timers/promises";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";
import { chance } from "../../fixtures/runtime/chance.ts";
import { type Anvil, ANVIL_CHAIN_ID, findAnvil, startAnvil } from "../../../infra/local/chain/anvil.ts";
import { GroupCommitter } from "../../../shared/aws/group-commit.ts";
import { present } from "../../../shared/core/present.ts";
import type { HookEvent } from "../../../shared/hooks/hook-event.ts";
import { chainOf } from "../../../shared/ledger/chain/chain.ts";
import { jsonRpc, type JsonRpc, NodeUnavailableError } from "../../../shared/ledger/chain/json-rpc.ts";
import { keySigner } from "../../../shared/ledger/chain/signers.ts";
import { Intent } from "../../../shared/ledger/intent.ts";
import { readChain } from "../../../shared/ledger/reading/read-chain.ts";
import { advance } from "../../../shared/ledger/sending/advance.ts";
import type { SendingDeps } from "../../../shared/ledger/sending/sending.ts";
import { ACCOUNTS, addressOf } from "./test-chain.ts";

/** Whoever was at work is gone: nothing that it had in mind is known to anybody. */
class Crash extends Error {}

/** Does something again until nobody dies over it. */
export async function patiently<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return patiently(task);
  }
}

/** How often what goes wrong. */
const RATES = { crash: 0.02, refused: 0.08, lost: 0.05 };
/** The ledger's seconds pass so much faster than those of the machine: what is stuck is replaced within the test. */
const HASTE = 20;

/** A ledger with two senders and a reader, on a chain of its own, in which everything goes wrong now and then. */
export class FaultWorld {
  readonly tables = new MemoryTables();
  readonly events = new Map<string, HookEvent>();
  readonly counts = { crashes: 0, refused: 0, lost: 0, warnings: 0 };
  readonly #random: () => number;
  readonly #start = Date.now();
  #skipped = 0;
  /** Whether anything goes wrong at all. */
  isRough = false;
  /** Whether no node can be reached. */
  isCutOff = false;
  lastFault = "";
  anvil: Anvil | undefined;
  readonly #stateFile: string;
  #isOver = false;
  #defect: unknown;

  constructor(seed: number, stateFile: string) {
    this.#random = chance(seed);
    this.#stateFile = stateFile;
    this.tables.onSend = () => this.#mayCrash();
    this.tables.onSent = () => this.#mayCrash();
  }

  #mayCrash(): void {
    if (!this.isRough || this.#random() >= RATES.crash) return;
    this.counts.crashes += 1;
    throw new Crash("crashed");
  }

  /** On the virtual clock. */
  now(): Date {
    return new Date(this.#start + (Date.now() - this.#start) * HASTE + this.#skipped);
  }

  /** So many hours pass at once. */
  skipHours(hours: number): void {
    this.#skipped += hours * 3_600_000;
  }

  async startChain(): Promise<void> {
    const port = this.anvil?.port;
    this.anvil = await startAnvil(present(findAnvil()), {
      stateFile: this.#stateFile,
      blockSeconds: 0.2,
      ...(port === undefined ? {} : { port }),
    });
  }

  /** Straight to the node. */
  get rpc(): JsonRpc {
    return jsonRpc([present(this.anvil).url]);
  }

  /** What the ledger has of it: refused now and then, or carried out without an answer. */
  #roughRpc(): JsonRpc {
    const rpc = this.rpc;
    const all: JsonRpc["all"] = async (calls) => {
      if (this.isCutOff) throw new NodeUnavailableError("cut off");
      if (this.isRough && this.#random() < RATES.refused) {
        this.counts.refused += 1;
        throw new NodeUnavailableError("refused");
      }
      const answers = await rpc.all(calls);
      if (this.isRough && this.#random() < RATES.lost) {
        this.counts.lost += 1;
        throw new NodeUnavailableError("lost");
      }
      return answers;
    };
    const call: JsonRpc["call"] = async (method, params) => {
      const [answer] = await all([{ method, params }]);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { all, call };
  }

  store(): SendingDeps["store"] {
    const db = this.tables.client;
    return { db, table: "ledger", committer: new GroupCommitter(db) };
  }

  /** What one of those at work stands on; each has a committer of its own, as each function has. */
  deps(): SendingDeps {
    return {
      store: this.store(),
      chain: chainOf(this.#roughRpc(), ANVIL_CHAIN_ID),
      chainId: ANVIL_CHAIN_ID,
      confirmations: 3,
      owner: "acme",
      publish: async (events) => {
        this.#mayCrash();
        for (const event of events) this.events.set(event.event_id, event);
        this.#mayCrash();
      },
      now: () => this.now(),
      signer: keySigner(present(ACCOUNTS[1]).privateKey),
      payeeOf: async (_, agent) => (agent === "agent-a" ? addressOf(4) : addressOf(5)),
      feeCeiling: 10n ** 12n,
      warn: () => void (this.counts.warnings += 1),
    };
  }

  intents(): readonly Intent[] {
    return [...this.tables.rows].filter(([key]) => key.includes(" INTENT#")).map(([, row]) => Intent.parse(row));
  }

  nonces(): readonly Record<string, unknown>[] {
    return [...this.tables.rows].filter(([key]) => key.includes(" NONCE#")).map(([, row]) => row);
  }

  /** Two send and one reads, again and again, until it is over. */
  async work(): Promise<void> {
    const again = async (task: (deps: SendingDeps) => Promise<unknown>): Promise<void> => {
      while (!this.#isOver) {
        try {
          await task(this.deps());
        } catch (error) {
          this.lastFault = String(error);
          if (!(error instanceof Crash) && !(error instanceof NodeUnavailableError)) {
            this.#defect = error;
            this.#isOver = true;
          }
        }
        await sleep(40 + this.#random() * 60);
      }
    };
    const read = (deps: SendingDeps): Promise<unknown> => readChain(deps, this.now().getTime() + 60_000);
    await Promise.all([again(advance), again(advance), again(read)]);
    if (this.#defect !== undefined) throw this.#defect;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }
}
