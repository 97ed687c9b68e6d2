import { EXECUTION_INDEXES, type ExecutionIndex } from "../../../shared/execution/store/indexes.ts";
import type { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

/**
 * What writes cost under DynamoDB's pricing rules, on demand or provisioned alike:
 *
 * 1. A write takes a unit for each kilobyte, begun ones counted whole, of the larger of the item before and after.
 *    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 * 2. In a transaction it takes twice as many.
 * 3. An index takes a unit per kilobyte for an entry that comes, goes, or changes; two entries when its key changes.
 *    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 * 4. Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */

type Row = Readonly<Record<string, unknown>>;

const WRITES: ReadonlySet<string> = new Set(["PutCommand", "UpdateCommand", "DeleteCommand", "TransactWriteCommand", "BatchWriteCommand"]);

/** Bytes of an item as DynamoDB counts them. */
export const itemBytes = (row: Row): number =>
  Object.entries(row).reduce((sum, [name, value]) => (value === undefined ? sum : sum + Buffer.byteLength(name) + valueBytes(value)), 0);

function valueBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  // Two digits to a byte, and one more.
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).replace(/^0\.0*|\.|e.*$/g, "").length / 2) + 1;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, item) => sum + 1 + valueBytes(item), 0);
  if (typeof value === "object" && value !== null) return 3 + Object.keys(value).length + itemBytes({ ...value });
  return 1;
}

/** Units that one kind of row took. */
export interface Line {
  writes: number;
  units: number;
  indexUnits: number;
  bytes: number;
}

/** Counts calls and write units of a table in memory. */
export class DynamoBill {
  readonly lines = new Map<string, Line>();
  readonly calls = new Map<string, number>();
  readonly #tables: MemoryTables;
  #billed: number;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
    this.#billed = tables.changes.length;
    tables.onSent = (name) => this.#count(name);
  }

  #count(name: string): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const made = this.#tables.changes.slice(this.#billed);
    this.#billed = this.#tables.changes.length;
    if (!WRITES.has(name)) return;
    for (const { old, image } of made) {
      const row = image ?? old ?? {};
      if (!String(row["pk"]).startsWith("T#") && !["SLOTS", "QUEUES"].includes(String(row["pk"]))) continue;
      const line = this.lines.get(kindOf(row)) ?? { writes: 0, units: 0, indexUnits: 0, bytes: 0 };
      this.lines.set(kindOf(row), line);
      const bytes = Math.max(itemBytes(old ?? {}), itemBytes(image ?? {}));
      line.writes += 1;
      line.bytes += bytes;
      line.units += unitsOf(bytes) * (name === "TransactWriteCommand" ? 2 : 1);
      line.indexUnits += indexUnits(old, image);
    }
  }
}

const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

function indexUnits(old: Row | undefined, image: Row | undefined): number {
  let units = 0;
  for (const [index, { sort, holds }] of Object.entries<ExecutionIndex>(EXECUTION_INDEXES)) {
    const keys = ["pk", "sk", index, sort];
    const [before, after] = [old, image].map((row) => entryOf(row, keys, holds));
    if (before !== undefined && after !== undefined && keys.every((name) => before[name] === after[name])) {
      if (JSON.stringify(before) !== JSON.stringify(after)) units += unitsOf(Math.max(itemBytes(before), itemBytes(after)));
      continue;
    }
    for (const entry of [before, after]) units += entry === undefined ? 0 : unitsOf(itemBytes(entry));
  }
  return units;
}

function entryOf(row: Row | undefined, keys: readonly string[], holds: ExecutionIndex["holds"]): Row | undefined {
  if (row === undefined || keys.some((name) => row[name] === undefined)) return undefined;
  return holds === "everything" ? row : Object.fromEntries([...keys, ...holds].map((name) => [name, row[name]]));
}

/** `TASK` of `TASK#a`; counters by their partition. */
function kindOf({ pk, sk }: Row): string {
  if (/(^|#)(SLOTS|QUEUES?|STATS|WAITS)$/.test(String(pk))) return String(pk).split("#").at(-1) ?? "";
  return String(sk).split("#")[0] ?? "";
}
