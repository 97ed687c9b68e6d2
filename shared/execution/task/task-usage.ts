import { sumUsage, type Usage, withoutUsage } from "../../core/usage.ts";
import type { TaskRecord } from "./task-record.ts";

type Used = Pick<TaskRecord, "usage" | "child" | "childUsage">;

/** The figures of a row with those of an attempt that ended. An execution that went on is counted as a whole again. */
export function usageAfter(before: Used, usage: Usage | undefined): Pick<TaskRecord, "usage" | "childUsage"> {
  const { child, childUsage } = before;
  if (usage === undefined) return { usage: before.usage, childUsage };
  if (child === undefined) return { usage: sumUsage([before.usage, usage]) };
  return { usage: sumUsage([withoutUsage(before.usage, childUsage), usage]), childUsage: usage };
}

/** Tasks of the execution that ran as an attempt have told theirs already. */
export const usageFact = ({ child }: Used, usage: Usage | undefined) =>
  usage === undefined || child !== undefined ? {} : { usage: { ...usage } };
