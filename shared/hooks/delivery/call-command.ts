import * as z from "zod";
import type { HookAction } from "../action.ts";
import { flawsOfFiles } from "../built-in/check-files.ts";
import { splitCommand } from "../command/command-line.ts";
import { CommandFile, type CommandResult } from "../command/command-order.ts";
import { flawOfPath, flawOfProgram } from "../command/programs.ts";
import { fillIn } from "../fill-in.ts";
import type { HookEvent } from "../hook-event.ts";
import type { HookOutcome } from "../hook-run.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { type ActionDeps, type Delivery, failedTry } from "./delivery.ts";

type Command = Extract<HookAction, { type: "command" }>;

const Made = z.looseObject({ files: z.array(CommandFile).max(HOOK_LIMITS.commandFiles) });

/**
 * Runs a program over the files that the event brings (`files` of what was made, or of what a task is given), in a folder of
 * its own and without a shell. What it leaves of files that an edit made takes their place.
 */
export async function callCommand(deps: ActionDeps, delivery: Delivery, { command, args }: Command): Promise<HookOutcome> {
  const { event, hook } = delivery;
  const line = splitCommand(command, args);
  if ("flaw" in line) return failedTry("CommandRefused", `the command ${line.flaw}`, false);
  const filled = fillArguments(line.argv, event);
  const flaw = "flaw" in filled ? filled.flaw : flawOfProgram(filled.argv, deps.commands);
  if ("flaw" in filled || flaw !== undefined) return failedTry("CommandRefused", flaw ?? "", false);
  const { output, input } = event.facts;
  const { data: made } = Made.safeParse(output ?? input);
  const [bad] = made === undefined || made.files.length === 0 ? [] : flawsOfFiles(made.files.map(({ path }) => path), { most: HOOK_LIMITS.commandFiles });
  if (bad !== undefined) return failedTry("FilesRefused", bad, false);
  const order = { argv: [...filled.argv], files: made?.files ?? [], timeout_ms: hook.timeout_seconds * 1000 - HOOK_LIMITS.commandMarginMs };
  const result = await deps.runCommand(event.tenant, order);
  return outcomeOf(result, output === undefined ? undefined : made);
}

const PLACEHOLDER = /^\{[a-z][a-z_]*\}$/;

/** Puts fields of the event in the place of placeholders, one argument each; what they hold is no option and leads nowhere else. */
function fillArguments(argv: readonly string[], event: HookEvent): { readonly argv: readonly string[] } | { readonly flaw: string } {
  const filled = argv.map((arg) => ({ arg, value: PLACEHOLDER.test(arg) ? valueOf(arg, event) : arg }));
  const missing = filled.find(({ arg, value }) => PLACEHOLDER.test(arg) && value === arg);
  if (missing !== undefined) return { flaw: `the event has no ${missing.arg}` };
  const bad = filled.find(({ arg, value }) => arg !== value && (value.startsWith("-") || value === "" || flawOfPath(value) !== undefined));
  return bad === undefined ? { argv: filled.map(({ value }) => value) } : { flaw: `${bad.arg} is '${bad.value.slice(0, 80)}', which is no file of the command's folder` };
}

/** `{file}` is the file that the event is about, or the one that it brings. */
function valueOf(placeholder: string, event: HookEvent): string {
  const { facts } = event;
  const { data } = Made.safeParse(facts["output"] ?? facts["input"]);
  const [only] = data?.files ?? [];
  return placeholder === "{file}" && only !== undefined && data?.files.length === 1 ? only.path : fillIn(placeholder, event);
}

function outcomeOf(result: CommandResult, made: z.output<typeof Made> | undefined): HookOutcome {
  switch (result.kind) {
    case "not_started":
      return failedTry("CommandNotStarted", result.reason, false);
    case "timeout":
      return { status: "timeout", error: { code: "HookTimedOut", message: "the command was not done in its time" }, retryable: true };
    case "ended": {
      const { kind: _, files, ...said } = result;
      if (result.exit_code !== 0) return failedTry("CommandFailed", `it ended with ${result.exit_code ?? "a signal"}: ${(result.stderr || result.stdout).trim()}`, false);
      const changed = new Map(files.map((file) => [file.path, file.content]));
      const patch = made === undefined || files.length === 0 ? {} : { patch: { output: { ...made, files: made.files.map((file) => ({ ...file, content: changed.get(file.path) ?? file.content })) } } };
      return { status: "completed", output: { ...said, changed: [...changed.keys()], ...patch } };
    }
    default:
      return result satisfies never;
  }
}
