import { BUILT_IN, type BuiltInName, builtInNamed, pairsOf } from "../../built-in/built-ins.ts";
import type { HookAction } from "../../action.ts";
import type { HookOutcome } from "../../hook-run.ts";
import { type ActionDeps, type Delivery, failedTry } from "../delivery.ts";
import { autoAssign } from "./auto-assign.ts";
import type { BuiltIn } from "./built-in.ts";
import { checkFiles, validateCommand } from "./checks.ts";
import { formatOutput } from "./format-output.ts";
import { learnQuality } from "./learn.ts";
import { notifyChannels } from "./notify.ts";
import { searchCache } from "./search-cache.ts";
import { remember, sessionRestore, sessionSave, sessionSummary } from "./session-work.ts";

const WORK: Readonly<Record<BuiltInName, BuiltIn>> = {
  "auto-assign": autoAssign,
  "search-cache": searchCache,
  "format-output": formatOutput,
  notify: notifyChannels,
  "validate-command": validateCommand,
  "check-files": checkFiles,
  "session-save": sessionSave,
  "session-restore": sessionRestore,
  "session-summary": sessionSummary,
  learn: learnQuality,
  remember,
};

/** Calls a function that comes with the orchestrator. */
export async function callBuiltIn(deps: ActionDeps, delivery: Delivery, { function: text, args }: Extract<HookAction, { type: "function" }>): Promise<HookOutcome> {
  const name = builtInNamed(text.slice(BUILT_IN.length));
  if (name === undefined) return failedTry("UnknownBuiltIn", `there is no function '${text}' in this version`, false);
  return WORK[name](deps, delivery, pairsOf(args));
}
