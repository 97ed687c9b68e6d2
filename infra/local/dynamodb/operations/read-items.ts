import { readUnits } from "../capacity.ts";
import { compileProjection, projector } from "../expression/projection.ts";
import { checkMentions, Scope } from "../expression/scope.ts";
import { invalid } from "../refusal.ts";
import type { Storage } from "../store/storage.ts";
import type { Item } from "../values/value.ts";
import { itemBytes } from "../values/value.ts";
import type { BatchGetRequest, GetRequest, KeysRequest, ProjectedRequest } from "./requests.ts";

export function getItem(storage: Storage, request: GetRequest): { readonly Item?: Item } {
  const table = storage.catalog.get(request.TableName);
  const project = projectionOf(request);
  const item = storage.rows.get(table.space, table.placeOfKey(request.Key));
  storage.capacity?.read(readUnits(item === undefined ? 0 : itemBytes(item), request.ConsistentRead));
  return item === undefined ? {} : { Item: project(item) };
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

interface BatchGetReply {
  readonly Responses: Readonly<Record<string, readonly Item[]>>;
  readonly UnprocessedKeys: Readonly<Record<string, KeysRequest>>;
}

/** Items by table; those that are not there are missing, and those beyond 16 MB are left for another call. */
export function batchGetItem(storage: Storage, { RequestItems }: BatchGetRequest): BatchGetReply {
  const requests = Object.entries(RequestItems);
  const count = requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
  if (count === 0) throw invalid("RequestItems has to name a table and keys");
  if (count > MAX_KEYS) throw invalid("Too many items requested for the BatchGetItem call");
  const responses: Record<string, readonly Item[]> = {};
  const unprocessed: Record<string, KeysRequest> = {};
  let left = MAX_BYTES;
  for (const [name, request] of requests) {
    const read = readKeys(storage, name, { request, left });
    left = read.left;
    responses[name] = read.items;
    if (read.unread.length > 0) unprocessed[name] = { ...request, Keys: read.unread };
  }
  return { Responses: responses, UnprocessedKeys: unprocessed };
}

interface KeysRead {
  readonly items: readonly Item[];
  readonly unread: readonly Item[];
  readonly left: number;
}

function readKeys(
  storage: Storage,
  name: string,
  { request, left }: { readonly request: KeysRequest; readonly left: number },
): KeysRead {
  const table = storage.catalog.get(name);
  const project = projectionOf(request);
  const places = request.Keys.map((key) => table.placeOfKey(key));
  if (new Set(places.map(({ part, sort }) => JSON.stringify([part, sort]))).size < places.length)
    throw invalid("Provided list of item keys contains duplicates");
  const items: Item[] = [];
  let bytes = left;
  for (const [at, place] of places.entries()) {
    const item = storage.rows.get(table.space, place);
    const size = item === undefined ? 0 : itemBytes(item);
    storage.capacity?.read(readUnits(size, request.ConsistentRead));
    if (item === undefined) continue;
    bytes -= size;
    if (bytes < 0) return { items, unread: request.Keys.slice(at), left: 0 };
    items.push(project(item));
  }
  return { items, unread: [], left: bytes };
}

/** Cuts an item down to what is asked for. */
export function projectionOf(request: ProjectedRequest): (item: Item) => Item {
  const projection =
    request.ProjectionExpression === undefined ? undefined : compileProjection(request.ProjectionExpression);
  checkMentions([projection], request);
  return projection === undefined ? (item) => item : projector(projection, new Scope(request));
}
