import { HDNodeWallet } from "ethers";
import { expect } from "vitest";
import * as z from "zod";
import { present } from "../../../shared/core/present.ts";
import { Hex } from "../../../shared/ledger/artefact.ts";
import { jsonRpc, type JsonRpc, NodeRefusedError } from "../../../shared/ledger/chain/json-rpc.ts";
import { ESCROW, TRUST, DEPLOYER } from "../../../shared/ledger/contracts.ts";
import { quantityOf } from "../../../shared/ledger/hex.ts";
import { type Anvil, type AnvilOptions, findAnvil, startAnvil } from "../../../infra/local/chain/anvil.ts";

const PHRASE = "test test test test test test test test test test test junk";

/** Accounts that every chain for tests has, with their keys. */
export const ACCOUNTS = Array.from({ length: 8 }, (_, index) =>
  HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${index}`),
);

const Head = z.object({ timestamp: Hex });

export const addressOf = (index: number): string => present(ACCOUNTS[index]).address;

/** Whether this platform has a chain to test on. */
export const hasAnvil = findAnvil() !== undefined;

export interface TestChain {
  readonly anvil: Anvil;
  readonly rpc: JsonRpc;
  /** Sends as an account of the chain. @returns what the call returns; the contract's words when it refuses. */
  send(call: {
    readonly from: string;
    readonly to: string;
    readonly data: Hex;
    readonly value?: bigint;
  }): Promise<{ readonly data: string } | { readonly refusal: string }>;
  read(to: string, data: Hex): Promise<string>;
  balance(account: string): Promise<bigint>;
  /** Of the newest block, in seconds since 1970. */
  timestamp(): Promise<number>;
}

export async function startTestChain(options: AnvilOptions = {}): Promise<TestChain> {
  const anvil = await startAnvil(present(findAnvil()), options);
  return testChain(anvil);
}

export function testChain(anvil: Anvil): TestChain {
  const rpc = jsonRpc([anvil.url]);
  const text = async (method: string, params: readonly unknown[]): Promise<string> =>
    z.string().parse(await rpc.call(method, params));
  return {
    anvil,
    rpc,
    read: (to, data) => text("eth_call", [{ to, data }, "latest"]),
    balance: async (account) => BigInt(await text("eth_getBalance", [account, "latest"])),
    timestamp: async () => Number(Head.parse(await rpc.call("eth_getBlockByNumber", ["latest", false])).timestamp),
    send: async ({ from, to, data, value = 0n }) => {
      const call = { from, to, data, value: quantityOf(value), gas: quantityOf(15_000_000) };
      try {
        const answer = await text("eth_call", [call, "pending"]);
        await inBlock(rpc, await text("eth_sendTransaction", [call]));
        return { data: answer };
      } catch (error) {
        if (!(error instanceof NodeRefusedError)) throw error;
        return { refusal: error.data ?? error.message };
      }
    },
  };
}

/** A node that puts each transaction in a block of its own says so a moment before it has. */
async function inBlock(rpc: JsonRpc, hash: string): Promise<void> {
  const receipt = await rpc.call("eth_getTransactionReceipt", [hash]);
  if (receipt === null) return inBlock(rpc, hash);
  expect(z.object({ status: z.string() }).parse(receipt).status).toBe("0x1");
}

/** Puts both contracts where they belong. */
export async function deployContracts(chain: TestChain): Promise<void> {
  for (const { creation } of [ESCROW, TRUST]) await chain.send({ from: addressOf(0), to: DEPLOYER, data: creation });
}
