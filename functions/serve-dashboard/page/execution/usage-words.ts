import type { TaskDetails } from "../core/replies.ts";
import { count, plain } from "../core/words.ts";

/** What agents say that work used: `cost 0.25, tokens 1,200, cpu seconds 1.5`. */
export const usageWords = (usage: NonNullable<TaskDetails["usage"]>): string =>
  Object.entries(usage).map(([name, value = 0]) => `${plain(name)} ${count(value)}`).join(", ");
