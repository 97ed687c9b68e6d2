import type { Priority } from "../../workflow/definition/task-definition.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { keyName } from "../../aws/key.ts";
import type { Row } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { Execution, type ExecutionStatus } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type ExecutionFilter, indexOf, indexPage, Key } from "./execution-queries.ts";
import type { ExecutionStore } from "./execution-store.ts";

/** What executions are looked for by. Workflow, a single status and times are found by an index, the rest by looking. */
export interface ExecutionSearch {
  readonly tenant: string;
  readonly workflowId?: string | undefined;
  /** Any of these; all when there are none. */
  readonly statuses: readonly ExecutionStatus[];
  readonly priority?: Priority | undefined;
  readonly submittedBy?: string | undefined;
  readonly errorCode?: string | undefined;
  /** ISO 8601; both ends included. */
  readonly submittedAfter?: string | undefined;
  readonly submittedBefore?: string | undefined;
  /** Part of an id, a name or an error; case does not matter. */
  readonly text?: string | undefined;
}

/** A page of what was found, and how many executions were looked at for it. */
export interface FoundExecutions extends Page<Execution> {
  readonly searched: number;
}

/** The part of a search that chooses the index, hence the shape of its cursors. */
export const indexedPart = ({ tenant, workflowId, statuses }: ExecutionSearch): ExecutionFilter => {
  const [only, ...others] = statuses;
  return { tenant, workflowId, status: others.length === 0 ? only : undefined };
};

/**
 * Executions that fit a search, newest first. Looks at `EXECUTION_LIMITS.searchedPerPage` at most, so a page may hold
 * fewer than asked for, even none, and still have a next one.
 */
export async function searchExecutions(
  store: ExecutionStore,
  search: ExecutionSearch,
  { limit, after }: PageRequest,
): Promise<FoundExecutions> {
  const filter = indexedPart(search);
  const found: Execution[] = [];
  let next: Page<Row>["next"] = after;
  let searched = 0;
  do {
    const keys = await indexPage(store, filter, {
      limit: looksAt(search, limit - found.length),
      after: next,
      from: search.submittedAfter,
      to: search.submittedBefore,
    });
    const heads = await readHeads(store, keys.rows);
    next = keys.next;
    for (const [row, head] of heads) {
      searched += 1;
      if (head === undefined || !fits(search, head)) continue;
      found.push(head);
      if (found.length < limit) continue;
      // Unless it was the very last, the next page begins behind it.
      const isLast = row === keys.rows.at(-1);
      return { rows: found, searched, next: isLast ? next : cursorBehind(filter, row) };
    }
  } while (next !== undefined && searched < EXECUTION_LIMITS.searchedPerPage);
  return { rows: found, searched, next };
}

/** How many to read next: where heads must be looked at, more than asked for. */
function looksAt({ statuses, priority, submittedBy, errorCode, text }: ExecutionSearch, wanted: number): number {
  const isLookedFor = statuses.length > 1 || [priority, submittedBy, errorCode, text].some((wish) => wish !== undefined);
  return isLookedFor ? EXECUTION_LIMITS.searchedAtOnce : Math.min(EXECUTION_LIMITS.searchedAtOnce, wanted);
}

async function readHeads(store: ExecutionStore, rows: readonly Row[]): Promise<[Row, Execution | undefined][]> {
  const keys = rows.map((row) => Key.parse(row));
  const heads = await readAll(store, keys);
  return rows.map((row, index) => {
    const key = keys[index];
    const head = key === undefined ? undefined : heads.get(keyName(key));
    return [row, head === undefined ? undefined : Execution.parse(head)];
  });
}

function cursorBehind(filter: ExecutionFilter, row: Row): Row {
  const { index } = indexOf(filter);
  return { pk: row["pk"], sk: row["sk"], [index]: row[index], submittedAt: row["submittedAt"] };
}

function fits(search: ExecutionSearch, execution: Execution): boolean {
  const { statuses, priority, submittedBy, errorCode, text } = search;
  // The index may be a moment behind.
  if (statuses.length > 0 && !statuses.includes(execution.status)) return false;
  if (priority !== undefined && execution.priority !== priority) return false;
  if (submittedBy !== undefined && execution.submittedBy !== submittedBy) return false;
  if (errorCode !== undefined && execution.failure?.code !== errorCode) return false;
  return text === undefined || textsOf(execution).some((one) => one.toLowerCase().includes(text.toLowerCase()));
}

const textsOf = ({ executionId, workflowId, submittedBy, traceId, failure }: Execution): string[] => [
  executionId,
  workflowId,
  submittedBy,
  traceId,
  ...(failure === undefined ? [] : [failure.code, failure.message, failure.task ?? ""]),
];
