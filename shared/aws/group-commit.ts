import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { AWS_QUOTAS } from "../core/limits.ts";
import { StoreUnavailableError } from "../core/errors.ts";

/**
 * One write of a transaction: `Put`, `Update`, `Delete` or `ConditionCheck`.
 *
 * @example
 * ```ts
 * const write: Write = { Put: { TableName: table, Item: row, ConditionExpression: "attribute_not_exists(pk)" } };
 * ```
 */
export type Write = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** What became of a change: `stale` when a condition no longer held, which makes the change void as a whole. */
export type CommitOutcome = "written" | "stale";

interface Pending {
  readonly writes: readonly Write[];
  readonly keys: readonly string[];
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
  conflicts: number;
}

const MAX_CONFLICTS = 8;
const MAX_CONFLICT_PAUSE_MS = 400;

/**
 * Commits state changes, several to a DynamoDB transaction when they arrive together (group commit).
 *
 * 1. A change is atomic: all of its writes or none (invariant 4).
 * 2. Changes that share a transaction do not share a fate: one that is stale is taken out, the others go again.
 * 3. A transaction that is refused as a whole (one change malformed, all together too large) is tried change by change:
 *    the culprit fails alone. One that may have been written is never repeated; its changes fail, and their messages
 *    come again.
 * 4. An idle committer writes at once; changes that arrive while one transaction is under way form the next.
 * 5. A write that goes alone is no transaction, which costs half; one that adds to a number stays one, because only a
 *    transaction knows a repeat by the SDK.
 */
export class GroupCommitter {
  readonly #db: DynamoDBDocumentClient;
  #queue: Pending[] = [];
  /** Changes whose group was refused as a whole: each goes by itself. */
  #alone: Pending[] = [];
  #busy = false;

  constructor(db: DynamoDBDocumentClient) {
    this.#db = db;
  }

  /**
   * @returns once the change is durable, or void.
   * @throws {StoreUnavailableError} other writers kept touching the same rows.
   * @throws {RangeError} nothing to write, or more than one transaction takes.
   */
  commit(writes: readonly Write[]): Promise<CommitOutcome> {
    const { transactionItems } = AWS_QUOTAS.dynamodb;
    if (writes.length === 0 || writes.length > transactionItems) {
      return Promise.reject(new RangeError(`a change has 1 to ${transactionItems} writes, this one ${writes.length}`));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ writes, keys: writes.map(keyOf), resolve, reject, conflicts: 0 });
      if (this.#busy) return;
      this.#busy = true;
      // A microtask later: changes made in the same turn share the first transaction too.
      queueMicrotask(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length + this.#alone.length > 0) {
      const group = this.#takeGroup();
      try {
        const outcome = await this.#write(group.flatMap(({ writes }) => writes));
        for (const change of group) change.resolve(outcome);
      } catch (error) {
        await this.#sortOut(group, error);
      }
    }
    this.#busy = false;
  }

  async #write(writes: readonly Write[]): Promise<CommitOutcome> {
    const [first, second] = writes;
    const { Put, Update, Delete } = second === undefined ? (first ?? {}) : {};
    try {
      if (Put !== undefined) await this.#db.send(new PutCommand(Put));
      else if (Delete !== undefined) await this.#db.send(new DeleteCommand(Delete));
      else if (Update !== undefined && !isAddition(Update)) await this.#db.send(new UpdateCommand(Update));
      else await this.#db.send(new TransactWriteCommand({ TransactItems: [...writes] }));
      return "written";
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // Unlike a transaction's, a plain write's repeat by the SDK does not know that its first try got through.
      if ((error.$metadata.attempts ?? 1) > 1) throw new StoreUnavailableError("a write may have been made", { cause: error });
      return "stale";
    }
  }

  /** The longest prefix of the queue that fits a transaction; DynamoDB refuses two writes to one row. */
  #takeGroup(): Pending[] {
    const single = this.#alone.shift();
    if (single !== undefined) return [single];
    const group: Pending[] = [];
    const left: Pending[] = [];
    const keys = new Set<string>();
    let size = 0;
    for (const change of this.#queue) {
      const fits = size + change.writes.length <= AWS_QUOTAS.dynamodb.transactionItems;
      if (!fits || change.keys.some((key) => keys.has(key))) {
        left.push(change);
        continue;
      }
      for (const key of change.keys) keys.add(key);
      size += change.writes.length;
      group.push(change);
    }
    this.#queue = left;
    return group;
  }

  /** Nobody in particular is to blame. */
  #separate(group: readonly Pending[], error: unknown): void {
    if (group.length > 1 && isRefused(error)) this.#alone.push(...group);
    else for (const change of group) change.reject(error);
  }

  async #sortOut(group: readonly Pending[], error: unknown): Promise<void> {
    const alone = error instanceof TransactionConflictException ? [{ Code: "TransactionConflict" }] : undefined;
    const reasons = alone ?? (error instanceof TransactionCanceledException ? error.CancellationReasons : undefined) ?? [];
    if (reasons.every(({ Code = "None" }) => Code === "None")) return this.#separate(group, error);
    const again: Pending[] = [];
    let offset = 0;
    let worst = 0;
    for (const change of group) {
      const codes = reasons.slice(offset, (offset += change.writes.length)).map(({ Code = "None" }) => Code);
      if (codes.includes("ConditionalCheckFailed")) {
        change.resolve("stale");
      } else if (codes.every(isPassing)) {
        if (codes.some((code) => code !== "None")) change.conflicts += 1;
        worst = Math.max(worst, change.conflicts);
        if (change.conflicts > MAX_CONFLICTS) change.reject(new StoreUnavailableError(codes.join(), { cause: error }));
        else again.push(change);
      } else {
        change.reject(error);
      }
    }
    this.#queue.unshift(...again);
    if (worst > 0) await pause(Math.min(2 ** worst * 5, MAX_CONFLICT_PAUSE_MS));
  }
}

const isAddition = ({ UpdateExpression = "" }: NonNullable<Write["Update"]>): boolean => /\bADD\b/.test(UpdateExpression);

/** Whether nothing was written for sure: refused by the service, or never sent. */
function isRefused(error: unknown): boolean {
  if (error instanceof TransactionInProgressException) return false;
  if (error instanceof DynamoDBServiceException) return error.$fault === "client";
  // The SDK marks every failure of a request it sent.
  return error instanceof Error && !("$metadata" in error);
}

const isPassing = (code: string): boolean =>
  code === "None" || code === "TransactionConflict" || code === "ThrottlingError" || code === "ProvisionedThroughputExceeded";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function keyOf(write: Write): string {
  const key = write.Put?.Item ?? write.Update?.Key ?? write.Delete?.Key ?? write.ConditionCheck?.Key;
  return `${String(key?.["pk"])} ${String(key?.["sk"])}`;
}
