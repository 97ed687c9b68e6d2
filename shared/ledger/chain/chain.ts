import * as z from "zod";
import { Hex } from "../artefact.ts";
import type { BlockMark } from "../cursor.ts";
import { quantityOf } from "../hex.ts";
import type { Call } from "../nonce.ts";
import { type JsonRpc, NodeRefusedError, NodeUnavailableError } from "./json-rpc.ts";

const Quantity = Hex.transform((text) => Number(BigInt(text)));
const Amount = Hex.transform((text) => BigInt(text));

const BlockReply = z
  .object({ number: Quantity, hash: z.string(), timestamp: Quantity, baseFeePerGas: Amount.default(0n) })
  .nullable();
/** A block of a chain. */
export type Block = NonNullable<z.output<typeof BlockReply>>;

const ReceiptReply = z
  .object({
    blockNumber: Quantity,
    blockHash: z.string(),
    status: Quantity,
    gasUsed: Amount,
    effectiveGasPrice: Amount.default(0n),
  })
  .nullable();
/** What became of a transaction in a block. */
export type Receipt = NonNullable<z.output<typeof ReceiptReply>>;

const LogReply = z.object({
  address: z.string(),
  topics: z.array(z.string()),
  data: Hex,
  blockNumber: Quantity,
  blockHash: z.string(),
  logIndex: Quantity,
  transactionHash: z.string(),
});
/** Something that a contract told. */
export type ChainLog = z.output<typeof LogReply>;

/** How a call would go: what it returns, or what the contract says when it refuses. */
export type Rehearsal =
  | { readonly kind: "fine"; readonly data: Hex }
  | { readonly kind: "refused"; readonly data: string | undefined; readonly reason: string };

/** Which block is meant: by its number, the newest, or the newest that stays. */
export type BlockTag = number | "latest" | "finalized";

/** A chain as we use it. Everything throws `NodeUnavailableError` when no node answers. */
export interface Chain {
  /** Names the chain: its id, and the hash of its first block, which another of the same id has not. */
  name(): Promise<string>;
  block(tag: BlockTag): Promise<Block | undefined>;
  /** How many transactions of an account are in blocks. */
  transactionCount(account: string, tag: BlockTag): Promise<number>;
  balance(account: string): Promise<bigint>;
  hasCode(address: string, tag: BlockTag): Promise<boolean>;
  rehearse(call: Omit<Call, "gas"> & { readonly from: string }, tag: BlockTag): Promise<Rehearsal>;
  /** Several reads of contracts, at one block. */
  read(calls: readonly { readonly to: string; readonly data: Hex }[], block: number): Promise<readonly Hex[]>;
  receipts(hashes: readonly string[]): Promise<readonly (Receipt | undefined)[]>;
  /** Offers a signed transaction. @returns nothing when it is taken or known; else why the node refuses it. */
  send(raw: Hex): Promise<string | undefined>;
  logs(
    addresses: readonly string[],
    range: { readonly from: number; readonly to: number },
  ): Promise<readonly ChainLog[]>;
}

const tagOf = (tag: BlockTag): string => (typeof tag === "number" ? quantityOf(tag) : tag);

/** What a node says of a transaction that it, or a block, has already. */
const HAS_IT = /already known|already imported|known transaction|nonce too low|nonce is too low/i;

/** A chain behind nodes that answer JSON-RPC. @throws {NodeUnavailableError} a node answers what does not fit. */
export function chainOf(rpc: JsonRpc, chainId: number): Chain {
  let known: string | undefined;
  const call = async <Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: readonly unknown[],
  ): Promise<z.output<Schema>> => fitting(schema, await answerOf(rpc, method, params), method);
  const block: Chain["block"] = async (tag) =>
    (await call(BlockReply, "eth_getBlockByNumber", [tagOf(tag), false])) ?? undefined;
  return {
    block,
    name: async () => (known ??= await nameOf(call, chainId)),
    transactionCount: (account, tag) => call(Quantity, "eth_getTransactionCount", [account, tagOf(tag)]),
    balance: (account) => call(Amount, "eth_getBalance", [account, "latest"]),
    hasCode: async (address, tag) => (await call(Hex, "eth_getCode", [address, tagOf(tag)])) !== "0x",
    rehearse: ({ from, to, data, value }, tag) =>
      orRefusal<Rehearsal>(
        async () => ({
          kind: "fine",
          data: await call(Hex, "eth_call", [{ from, to, data, value: quantityOf(BigInt(value)) }, tagOf(tag)]),
        }),
        ({ data: said, message: reason }) => ({ kind: "refused", data: said, reason }),
      ),
    read: (calls, at) => readAt(rpc, calls, at),
    receipts: (hashes) => receiptsOf(rpc, hashes),
    send: (raw) =>
      orRefusal<string | undefined>(
        async () => void (await rpc.call("eth_sendRawTransaction", [raw])),
        ({ message }) => (HAS_IT.test(message) ? undefined : message),
      ),
    logs: (addresses, { from, to }) =>
      call(z.array(LogReply), "eth_getLogs", [
        { address: addresses, fromBlock: quantityOf(from), toBlock: quantityOf(to) },
      ]),
  };
}

/** What a call gives, or what is made of a node's refusal. */
async function orRefusal<Answer>(
  ask: () => Promise<Answer>,
  refused: (refusal: NodeRefusedError) => Answer,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NodeRefusedError) return refused(error);
    throw error;
  }
}

async function readAt(
  rpc: JsonRpc,
  calls: readonly { readonly to: string; readonly data: Hex }[],
  at: number,
): Promise<readonly Hex[]> {
  const answers = await rpc.all(
    calls.map(({ to, data }) => ({ method: "eth_call", params: [{ to, data }, quantityOf(at)] })),
  );
  const refusal = answers.find((answer) => answer instanceof NodeRefusedError);
  // Our contracts' getters refuse nothing: it is the node that does not have the block any more, or not yet.
  if (refusal !== undefined) throw new NodeUnavailableError(`it cannot read block ${at}: ${refusal.message}`);
  return answers.map((answer) => fitting(Hex, answer, "eth_call"));
}

async function receiptsOf(rpc: JsonRpc, hashes: readonly string[]): Promise<readonly (Receipt | undefined)[]> {
  const answers = await rpc.all(hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })));
  return answers.map((answer) =>
    answer instanceof NodeRefusedError
      ? undefined
      : (fitting(ReceiptReply, answer, "eth_getTransactionReceipt") ?? undefined),
  );
}

/** Methods whose refusals are answers; of the others they say that a node does not have, or does not have yet, what it was asked for. */
const MAY_REFUSE: ReadonlySet<string> = new Set(["eth_call", "eth_getLogs", "eth_sendRawTransaction"]);

async function answerOf(rpc: JsonRpc, method: string, params: readonly unknown[]): Promise<unknown> {
  try {
    return await rpc.call(method, params);
  } catch (error) {
    if (!(error instanceof NodeRefusedError) || MAY_REFUSE.has(method)) throw error;
    throw new NodeUnavailableError(`it refuses ${method}: ${error.message}`, { cause: error });
  }
}

type CallNode = <Schema extends z.ZodType>(
  schema: Schema,
  method: string,
  params: readonly unknown[],
) => Promise<z.output<Schema>>;

async function nameOf(call: CallNode, chainId: number): Promise<string> {
  const found = await call(Quantity, "eth_chainId", []);
  if (found !== chainId)
    throw new NodeUnavailableError(`it speaks for chain ${found}, and this deployment is for chain ${chainId}`);
  const first = await call(BlockReply, "eth_getBlockByNumber", [quantityOf(0), false]);
  if (first === null) throw new NodeUnavailableError("it does not know its first block");
  return `${chainId}-${first.hash.slice(2, 10)}`;
}

function fitting<Schema extends z.ZodType>(schema: Schema, answer: unknown, method: string): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new NodeUnavailableError(`it answers ${method} with what does not fit`);
}

/** Blocks as marks. */
export const markOf = ({ number, hash }: Block): BlockMark => ({ number, hash });
