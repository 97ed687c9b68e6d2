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

/** Indexes of the executions table with the key that sorts them, as `infra/stacks/data-stack.ts` declares them. */
const INDEXES = { byTenant: "submittedAt", byStatus: "submittedAt", byWorkflow: "submittedAt", byOpen: "submittedAt", byParked: "parkedAt" } as const;

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
  for (const [index, sort] of Object.entries(INDEXES)) {
    const [before, after] = [entryOf(old, index, sort), entryOf(image, index, sort)];
    if (before === after && old !== undefined && image !== undefined && before !== undefined) {
      if (JSON.stringify(old) !== JSON.stringify(image)) units += unitsOf(Math.max(itemBytes(old), itemBytes(image)));
      continue;
    }
    if (before !== undefined && old !== undefined) units += unitsOf(itemBytes(old));
    if (after !== undefined && image !== undefined) units += unitsOf(itemBytes(image));
  }
  return units;
}

const entryOf = (row: Row | undefined, index: string, sort: string): string | undefined =>
  row?.[index] === undefined || row[sort] === undefined ? undefined : JSON.stringify([row[index], row[sort]]);

/** `TASK` of `TASK#a`; counters by their partition. */
function kindOf({ pk, sk }: Row): string {
  if (/(^|#)(SLOTS|QUEUES?|STATS|WAITS)$/.test(String(pk))) return String(pk).split("#").at(-1) ?? "";
  return String(sk).split("#")[0] ?? "";
}
