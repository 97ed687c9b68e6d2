import { ServiceError } from "./asl-error.ts";
import { LIMITS } from "./limits.ts";

/** Members of a request that asks for one page. */
export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** The page size a request asks for; 0 and nothing mean `usual`. */
export function pageSize({ maxResults }: PageRequest, usual: number): number {
  return maxResults === undefined || maxResults === 0 ? usual : Math.min(maxResults, LIMITS.pageSize);
}

/** The place a page token names, or `first` without one. @throws {ServiceError} `InvalidToken` */
export function pageStart({ nextToken }: PageRequest, first: number): number {
  if (nextToken === undefined) return first;
  const place = /^p(\d+)$/.exec(Buffer.from(nextToken, "base64url").toString())?.[1];
  if (place === undefined) throw new ServiceError("InvalidToken", `Invalid Token: '${nextToken}'`);
  return Number(place);
}

/** Cuts a page out of a list that was read one item further than the page; `placeOf` its last item starts the next. */
export function cutPage<Item>(items: readonly Item[], size: number, placeOf: (last: Item) => number) {
  const page = items.slice(0, size);
  const last = items.length > size ? page.at(-1) : undefined;
  return { page, ...(last !== undefined && { nextToken: Buffer.from(`p${placeOf(last)}`).toString("base64url") }) };
}

/** Cuts a page out of a whole list. */
export function pageOf<Item>(items: readonly Item[], request: PageRequest) {
  const start = pageStart(request, 0);
  const size = pageSize(request, 100);
  return cutPage(items.slice(start, start + size + 1), size, () => start + size);
}

/** Milliseconds as the wire shows a date: seconds since 1970, with a fraction. */
export const wireDate = (millis: number): number => millis / 1_000;
