import type { JSX } from "preact";
import { loadMetrics } from "../core/endpoints.ts";
import { useLoad } from "../feed/use-load.ts";
import { Row } from "./row.tsx";
import { usageWords } from "./usage-words.ts";

/** What agents say that it used so far: when it is opened, and when it has ended. */
export function Used({ execution, isFinal }: { readonly execution: string; readonly isFinal: boolean }): JSX.Element | null {
  const usage = useLoad(`metrics ${execution} ${isFinal}`, (signal) => loadMetrics(execution, signal)).value?.usage;
  return usage === undefined ? null : <Row name="Used">{usageWords(usage)}</Row>;
}
