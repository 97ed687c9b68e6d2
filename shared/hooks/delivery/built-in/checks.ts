import * as z from "zod";
import { filesIn, flawsOfFiles } from "../../built-in/check-files.ts";
import { BUILT_INS } from "../../built-in/built-ins.ts";
import { splitCommand } from "../../command/command-line.ts";
import { flawOfProgram, PROGRAMS } from "../../command/programs.ts";
import type { HookEvent } from "../../hook-event.ts";
import { failedTry } from "../delivery.ts";
import { type BuiltIn, done } from "./built-in.ts";

/** What a task is given, as far as its hooks are shown it. */
const inputOf = ({ facts }: HookEvent): Readonly<Record<string, unknown>> | undefined => z.record(z.string(), z.unknown()).safeParse(facts["input"]).data;

const TOO_LARGE = failedTry("InputNotSeen", "the input is no object, or too large to be looked at", false);

/** Refuses a command that a shell could take for another, or whose program or options are not allowed. */
export const validateCommand: BuiltIn = async (_, { event }, args) => {
  const { field, allow = Object.keys(PROGRAMS) } = BUILT_INS["validate-command"].args.parse(args);
  const input = inputOf(event);
  if (input === undefined) return TOO_LARGE;
  const { data: command } = z.union([z.string(), z.array(z.string()).min(1)]).safeParse(input[field]);
  if (command === undefined) return failedTry("NoCommand", `the input has no command in '${field}'`, false);
  const more = z.array(z.string()).safeParse(input["args"]).data ?? [];
  const line = typeof command === "string" ? splitCommand(command, more) : splitCommand("", [...command, ...more]);
  const flaw = "flaw" in line ? line.flaw : flawOfProgram(line.argv, new Set(allow));
  return flaw === undefined ? done({ allowed: true }) : failedTry("CommandRefused", `the command ${flaw}`, false);
};

/** Refuses files outside of where work is done. */
export const checkFiles: BuiltIn = async (_, { event }, args) => {
  const { field, ...bounds } = BUILT_INS["check-files"].args.parse(args);
  const input = inputOf(event);
  if (input === undefined) return TOO_LARGE;
  const files = filesIn(input, field);
  const flaws = flawsOfFiles(files, bounds);
  return flaws.length === 0 ? done({ files: files.length }) : failedTry("FilesRefused", flaws.join("; "), false);
};
