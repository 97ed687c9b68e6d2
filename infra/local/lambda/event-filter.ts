import * as z from "zod";
import { compilePattern } from "../../../shared/events/event-pattern.ts";
import type { Json } from "../json.ts";
import { parseJson } from "../json.ts";

/** `FilterCriteria` of an event source mapping. */
export const FilterCriteria = z.object({ Filters: z.array(z.object({ Pattern: z.string() })).default([]) });

/** Decides whether a record reaches the function: any filter may match, no filter lets all pass. */
export type RecordFilter = (record: Json) => boolean;

export function compileFilter(criteria: z.infer<typeof FilterCriteria> | undefined): RecordFilter | undefined {
  const matchers = (criteria?.Filters ?? []).map(({ Pattern }) => compilePattern(parseJson(Pattern)));
  return matchers.length === 0 ? undefined : (record) => matchers.some((matches) => matches(record));
}
