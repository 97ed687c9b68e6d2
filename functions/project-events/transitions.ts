import type { StreamRow } from "./stream-row.ts";

/** A task that went from one state to another. */
export interface Transition {
  readonly tenant: string;
  readonly execution: string;
  readonly sequence: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly at: string;
}

/** The state changes among stream rows, in order. */
export function transitionsOf(rows: readonly StreamRow[]): readonly Transition[] {
  return rows.flatMap(({ kind, image, oldImage, sequence }) => {
    const [, tenant = "", , execution = ""] = String(image["pk"]).split("#");
    const from = oldImage === undefined ? undefined : String(oldImage["state"]);
    const to = String(image["state"]);
    if (kind !== "task" || from === to) return [];
    const at = image["settledAt"] ?? image["dispatchedAt"] ?? image["queuedAt"];
    return [{ tenant, execution, sequence, from, to, at: String(at) }];
  });
}
