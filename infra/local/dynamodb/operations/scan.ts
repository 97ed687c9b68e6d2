import { crc32 } from "node:zlib";
import { invalid, invalidParameter } from "../refusal.ts";
import type { StoredRow } from "../store/bounds.ts";
import type { Storage } from "../store/storage.ts";
import type { ScanRequest, SearchReply } from "./requests.ts";
import { pageOf, prepareSearch, startPlace } from "./search.ts";

/** All items of a table or an index, in the order of their keys; AWS promises none. */
export function scan(storage: Storage, request: ScanRequest): SearchReply {
  const { Segment: segment, TotalSegments: total } = request;
  checkSegments(segment, total);
  const search = prepareSearch(storage, request, undefined);
  const after =
    request.ExclusiveStartKey === undefined ? { part: "", sort: "" } : startPlace(search, request.ExclusiveStartKey);
  const rows = storage.rows.behind(search.space, after);
  return pageOf(storage, search, segment === undefined || total === undefined ? rows : segmentOf(rows, segment, total));
}

function checkSegments(segment: number | undefined, total: number | undefined): void {
  if (segment === undefined && total === undefined) return;
  if (total === undefined)
    throw invalid(
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    );
  if (segment === undefined)
    throw invalid(
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    );
  if (segment >= total)
    throw invalidParameter(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
}

/** Items of one partition are in one segment. */
function* segmentOf(rows: Iterable<StoredRow>, segment: number, total: number): Generator<StoredRow> {
  for (const row of rows) if (crc32(row.part) % total === segment) yield row;
}
