import * as z from "zod";
import type { Json } from "../../json.ts";
import type { Place } from "../table/table.ts";

/** One row's change as the log has it: space, keys, new text, and whether it is an expiry. */
export interface LoggedChange extends Place {
  readonly space: number;
  readonly text: string | undefined;
  readonly isByService: boolean;
}

/** A token that makes a transaction happen once, with what tells its request apart. */
export interface RequestToken {
  readonly token: string;
  readonly request: string;
}

/** One atomic change: all of its rows, or none. Its rows take the numbers from `lsn` on. */
export interface LogEntry {
  readonly lsn: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly changes: readonly LoggedChange[];
  readonly token: RequestToken | undefined;
}

const Line = z.tuple([
  z.number(),
  z.number(),
  z.array(
    z.tuple([z.number(), z.string(), z.string(), z.union([z.record(z.string(), z.json()), z.null()]), z.number()]),
  ),
  z.union([z.tuple([z.string(), z.string()]), z.null()]),
]);

/** Texts of rows are JSON already and go in as they are. */
export function printEntry({ lsn, at, changes, token }: LogEntry): string {
  const rows = changes.map(
    ({ space, part, sort, text, isByService }) =>
      `[${space},${JSON.stringify(part)},${JSON.stringify(sort)},${text ?? "null"},${isByService ? 1 : 0}]`,
  );
  const end = token === undefined ? "null" : JSON.stringify([token.token, token.request]);
  return `[${lsn},${at},[${rows.join(",")}],${end}]`;
}

export function readEntry(line: string): LogEntry {
  const json: Json = JSON.parse(line);
  const [lsn, at, changes, token] = Line.parse(json);
  return {
    lsn,
    at,
    changes: changes.map(([space, part, sort, row, byService]) => ({
      space,
      part,
      sort,
      text: row === null ? undefined : JSON.stringify(row),
      isByService: byService === 1,
    })),
    token: token === null ? undefined : { token: token[0], request: token[1] },
  };
}
