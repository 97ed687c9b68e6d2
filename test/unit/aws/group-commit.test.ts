import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GroupCommitter, type Write } from "../../../shared/aws/group-commit.ts";
import { fakeDocumentClient } from "../../fixtures/runtime/fake-client.ts";

const Item = z.object({ sk: z.string() });
const Transaction = z.object({ TransactItems: z.array(z.object({ Put: z.object({ Item }) })) });
/** A write that goes alone is no transaction. */
const Plain = z.object({ Item }).transform((Put) => ({ TransactItems: [{ Put }] }));

type Reply = (keys: readonly string[]) => unknown;

/** A service that answers each transaction as `reply` says: by throwing, or not. */
function committer(reply: Reply) {
  const transactions: string[][] = [];
  const send = async ({ input }: { input: object }) => {
    const keys = Transaction.or(Plain).parse(input).TransactItems.map(({ Put }) => Put.Item.sk);
    transactions.push(keys);
    const error = reply(keys);
    if (error !== undefined) throw error;
    return {};
  };
  return { transactions, committer: new GroupCommitter(fakeDocumentClient(send)) };
}

const put = (sk: string): Write => ({ Put: { TableName: "t", Item: { pk: "p", sk } } });
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ message: "no", $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
const refused = (name: string, $fault: "client" | "server") => new DynamoDBServiceException({ name, $fault, message: name, $metadata: {} });

afterEach(() => void vi.useRealTimers());

describe("GroupCommitter", () => {
  it("writes changes of the same turn in one transaction, and those that come meanwhile in the next", async () => {
    const { committer: group, transactions } = committer(() => undefined);
    const first = [group.commit([put("a")]), group.commit([put("b"), put("b2")])];
    await Promise.resolve();
    await Promise.all([...first, group.commit([put("c")])]);
    expect(transactions).toEqual([["a", "b", "b2"], ["c"]]);
  });

  it("makes a stale change void and writes the others", async () => {
    const { committer: group } = committer((keys) =>
      keys.includes("stale") ? cancelled(...keys.map((key) => (key === "stale" ? "ConditionalCheckFailed" : "None"))) : undefined,
    );
    const outcomes = await Promise.all([group.commit([put("a")]), group.commit([put("stale"), put("x")]), group.commit([put("b")])]);
    expect(outcomes).toEqual(["written", "stale", "written"]);
  });

  it("tries again after a conflict with another writer, in the order of arrival", async () => {
    let conflicts = 2;
    const { committer: group, transactions } = committer((keys) => (conflicts-- > 0 ? cancelled(...keys.map(() => "TransactionConflict")) : undefined));
    await Promise.all([group.commit([put("a")]), group.commit([put("b")])]);
    expect(transactions).toEqual([["a", "b"], ["a", "b"], ["a", "b"]]);
  });

  it("gives up on a row that others keep touching, and says that trying later may help", async () => {
    vi.useFakeTimers();
    const { committer: group, transactions } = committer(() => new TransactionConflictException({ message: "busy", $metadata: {} }));
    const verdict = expect(group.commit([put("a")])).rejects.toMatchObject({ name: "StoreUnavailable", recovery: "retry" });
    await vi.advanceTimersByTimeAsync(10_000);
    await verdict;
    expect(transactions).toHaveLength(9);
  });

  it("never puts more than a hundred writes into a transaction", async () => {
    const { committer: group, transactions } = committer(() => undefined);
    await Promise.all(Array.from({ length: 90 }, (_, index) => group.commit([put(`a${index}`), put(`b${index}`)])));
    expect(transactions.map(({ length }) => length)).toEqual([100, 80]);
  });

  it.each([0, 101])("refuses a change of %i writes at once instead of trying for ever", async (size) => {
    const { committer: group, transactions } = committer(() => undefined);
    const writes = Array.from({ length: size }, (_, index) => put(`w${index}`));
    await expect(group.commit(writes)).rejects.toThrow(RangeError);
    expect(transactions).toEqual([]);
  });

  it("keeps two changes of one row out of the same transaction", async () => {
    const { committer: group, transactions } = committer(() => undefined);
    await Promise.all([group.commit([put("a")]), group.commit([put("a")]), group.commit([put("b")])]);
    expect(transactions).toEqual([["a", "b"], ["a"]]);
  });

  it.each([
    { what: "a malformed item", error: refused("ValidationException", "client") },
    { what: "an item that cannot be marshalled", error: new TypeError("unsupported type") },
    { what: "a transaction that is too large as a whole", error: cancelled("None", "None", "None") },
    { what: "a cancellation without reasons", error: new TransactionCanceledException({ message: "no", $metadata: {} }) },
  ])("lets $what fail alone", async ({ error }) => {
    const { committer: group, transactions } = committer((keys) => (keys.includes("bad") ? error : undefined));
    const outcomes = await Promise.allSettled(["a", "bad", "b"].map((key) => group.commit([put(key)])));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(transactions).toEqual([["a", "bad", "b"], ["a"], ["bad"], ["b"]]);
  });

  it.each([
    { what: "the service failed", error: refused("InternalServerError", "server") },
    { what: "a request with the same token is under way", error: new TransactionInProgressException({ message: "wait", $metadata: {} }) },
    { what: "the answer was lost", error: Object.assign(new Error("socket hang up"), { $metadata: { attempts: 5 } }) },
  ])("does not repeat what may have been written: $what", async ({ error }) => {
    const { committer: group, transactions } = committer(() => error);
    const outcomes = await Promise.allSettled([group.commit([put("a")]), group.commit([put("b")])]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(transactions).toHaveLength(1);
  });

  describe("a write that goes alone", () => {
    function commands(error?: Error) {
      const names: string[] = [];
      const client = fakeDocumentClient(async ({ constructor: { name } }) => {
        names.push(name);
        if (error !== undefined) throw error;
        return {};
      });
      return { names, group: new GroupCommitter(client) };
    }
    const key = { pk: "p", sk: "s" };
    const update = (UpdateExpression: string): Write => ({ Update: { TableName: "t", Key: key, UpdateExpression } });

    it.each([
      { what: "a put", write: put("a"), command: "PutCommand" },
      { what: "a deletion", write: { Delete: { TableName: "t", Key: key } }, command: "DeleteCommand" },
      { what: "an update", write: update("SET padding = :one"), command: "UpdateCommand" },
      { what: "an addition, which must not be made twice", write: update("SET a = :one ADD b :one"), command: "TransactWriteCommand" },
      { what: "a check", write: { ConditionCheck: { TableName: "t", Key: key, ConditionExpression: "attribute_exists(pk)" } }, command: "TransactWriteCommand" },
    ])("is no transaction where it can be: $what", async ({ write, command }) => {
      const { group, names } = commands();
      expect(await group.commit([write])).toBe("written");
      expect(names).toEqual([command]);
    });

    it("is stale when its condition does not hold", async () => {
      const { group } = commands(new ConditionalCheckFailedException({ message: "no", $metadata: { attempts: 1 } }));
      expect(await group.commit([put("a")])).toBe("stale");
    });

    it("is neither written nor stale when the SDK tried more than once: its first try may have got through", async () => {
      const { group } = commands(new ConditionalCheckFailedException({ message: "no", $metadata: { attempts: 2 } }));
      await expect(group.commit([put("a")])).rejects.toMatchObject({ name: "StoreUnavailable" });
    });
  });

  it("works on after a failure", async () => {
    let broken = true;
    const { committer: group } = committer(() => (broken ? refused("InternalServerError", "server") : undefined));
    await expect(group.commit([put("a")])).rejects.toThrow();
    broken = false;
    await expect(group.commit([put("a")])).resolves.toBe("written");
  });
});
