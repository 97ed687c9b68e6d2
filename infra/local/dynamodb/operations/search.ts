import { readUnits } from "../capacity.ts";
import { compileFilter } from "../expression/condition.ts";
import type { Path } from "../expression/path.ts";
import { resolvePath } from "../expression/path.ts";
import { compileProjection, projector } from "../expression/projection.ts";
import type { Mentions } from "../expression/scope.ts";
import { checkMentions, Scope } from "../expression/scope.ts";
import { invalid, invalidParameter } from "../refusal.ts";
import { itemOfEntry } from "../store/index-entries.ts";
import type { StoredRow } from "../store/bounds.ts";
import type { Storage } from "../store/storage.ts";
import type { Index, KeyShape, Table } from "../table/table.ts";
import { pickNames } from "../table/table.ts";
import type { Item } from "../values/value.ts";
import { itemBytes, typeOf } from "../values/value.ts";
import type { SearchReply, SearchRequest } from "./requests.ts";

/** What a query and a scan have in common, made ready. */
export interface Search {
  readonly table: Table;
  readonly index: Index | undefined;
  readonly key: KeyShape;
  /** Under which the rows, or the entries of the index, are stored. */
  readonly space: number;
  readonly scope: Scope;
  readonly accepts: (item: Item) => boolean;
  readonly project: (item: Item) => Item;
  readonly countsOnly: boolean;
  readonly isConsistent: boolean;
  readonly limit: number;
}

/** A page ends when it would hold more. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * @param keyCondition - mentions placeholders as the other expressions do.
 * @throws {DynamoRefusal} the parameters do not fit each other or the table.
 */
export function prepareSearch(storage: Storage, request: SearchRequest, keyCondition: Mentions | undefined): Search {
  const { FilterExpression, ProjectionExpression, IndexName, Limit: limit = Infinity } = request;
  const table = storage.catalog.get(request.TableName);
  const index = IndexName === undefined ? undefined : table.index(IndexName);
  const filter = FilterExpression === undefined ? undefined : compileFilter(FilterExpression);
  const projection = ProjectionExpression === undefined ? undefined : compileProjection(ProjectionExpression);
  checkMentions([filter, projection, keyCondition], request);
  if (request.ConsistentRead === true && index?.isLocal === false)
    throw invalid("Consistent reads are not supported on global secondary indexes");
  if (limit < 1)
    throw invalid(
      "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  checkSelect(request, index);
  const scope = new Scope(request);
  const key = index?.key ?? table.key;
  if (filter !== undefined) filter.checkOperands(scope);
  if (filter !== undefined && keyCondition !== undefined)
    checkFilter(
      filter.paths.map((path) => resolvePath(path, scope)),
      key,
      index,
    );
  const project = projection === undefined ? undefined : projector(projection, scope);
  if (project !== undefined) checkProjected(project.paths, index);
  return {
    table,
    index,
    key,
    space: index?.space ?? table.space,
    scope,
    accepts: filter === undefined ? () => true : (item) => filter.holds(item, scope),
    project: project ?? ((item) => item),
    countsOnly: request.Select === "COUNT",
    isConsistent: request.ConsistentRead === true,
    limit,
  };
}

function checkSelect({ Select: select, ProjectionExpression }: SearchRequest, index: Index | undefined): void {
  if (select === undefined) return;
  if (ProjectionExpression !== undefined && select !== "SPECIFIC_ATTRIBUTES")
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${select}`);
  if (select === "SPECIFIC_ATTRIBUTES" && ProjectionExpression === undefined)
    throw invalid("Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  if (select === "ALL_PROJECTED_ATTRIBUTES" && index === undefined)
    throw invalidParameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  if (select === "ALL_ATTRIBUTES" && index?.isLocal === false && index.projected !== undefined)
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
}

function checkFilter(paths: readonly Path[], { hash, range }: KeyShape, index: Index | undefined): void {
  const key = paths.find(([name]) => name === hash.name || name === range?.name);
  if (key !== undefined)
    throw invalid(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${String(key[0])}`,
    );
  const missing = missingFrom(index, paths);
  if (missing.length > 0)
    throw invalidParameter(
      `Secondary index ${index?.name ?? ""} does not project one or more filter attributes: [${missing.join(", ")}]`,
    );
}

function checkProjected(paths: readonly Path[], index: Index | undefined): void {
  const missing = missingFrom(index, paths);
  if (missing.length > 0)
    throw invalidParameter(`Global secondary index ${index?.name ?? ""} does not project [${missing.join(", ")}]`);
}

/** Attributes that a global index does not hold. */
function missingFrom(index: Index | undefined, paths: readonly Path[]): string[] {
  const projected = index?.isLocal === false ? index.projected : undefined;
  return projected === undefined ? [] : paths.map(([name]) => String(name)).filter((name) => !projected.has(name));
}

/** Reads rows until the page is full. Their items are looked at, then filtered: both count against the page. */
export function pageOf(storage: Storage, search: Search, rows: Iterable<StoredRow>): SearchReply {
  const { accepts, project, countsOnly, limit } = search;
  const items: Item[] = [];
  let [count, scanned, bytes] = [0, 0, 0];
  let last: Item | undefined;
  let isCut = false;
  for (const row of rows) {
    const item = itemAt(storage, search, row);
    if (item === undefined) continue;
    bytes += itemBytes(item.seen);
    isCut = bytes > MAX_PAGE_BYTES && scanned > 0;
    if (isCut) break;
    scanned += 1;
    last = item.whole;
    if (accepts(item.seen)) {
      count += 1;
      if (!countsOnly) items.push(project(item.seen));
    }
    isCut = scanned === limit;
    if (isCut) break;
  }
  storage.capacity?.read(readUnits(bytes, search.isConsistent));
  const next = isCut && last !== undefined ? { LastEvaluatedKey: placeKey(search, last) } : {};
  return { ...(countsOnly ? {} : { Items: items }), Count: count, ScannedCount: scanned, ...next };
}

interface SeenItem {
  readonly whole: Item;
  /** What the index has of it, where there is one. */
  readonly seen: Item;
}

function itemAt(storage: Storage, { table, index, space }: Search, row: StoredRow): SeenItem | undefined {
  if (index === undefined) {
    const whole = storage.rows.itemOf(space, row);
    return { whole, seen: whole };
  }
  const whole = itemOfEntry(storage.rows, table, row.text);
  // A local index reads what it does not hold from the table.
  return whole && { whole, seen: index.isLocal ? whole : table.projectedBy(index, whole) };
}

/** Keys that say where a page ended: those of the table, and those of the index. */
function placeKey({ table, index }: Search, item: Item): Item {
  const names = [table.key, ...(index === undefined ? [] : [index.key])].flatMap(({ hash, range }) => [
    hash.name,
    range?.name,
  ]);
  return pickNames(item, names);
}

/** Where reading goes on, as the text of sort keys has it. @throws {DynamoRefusal} it is no key of the table and index. */
export function startPlace({ table, index }: Search, start: Item): { readonly part: string; readonly sort: string } {
  const shapes = [table.key, ...(index === undefined ? [] : [index.key])];
  const attributes = shapes.flatMap(({ hash, range }) => (range === undefined ? [hash] : [hash, range]));
  const names = new Set(attributes.map(({ name }) => name));
  const fits = attributes.every(({ name, type }) => Object.hasOwn(start, name) && typeOf(start[name] ?? null) === type);
  if (!fits || Object.keys(start).length !== names.size) throw invalid("The provided starting key is invalid");
  const place = index === undefined ? table.placeOf(start) : table.entryPlace(index, start);
  if (place === undefined) throw invalid("The provided starting key is invalid");
  return place;
}
