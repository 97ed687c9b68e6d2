import * as z from "zod";
import { HOOK_LIMITS } from "../limits.ts";

/** A file of the folder that a command runs in. */
export const CommandFile = z.object({ path: z.string().min(1).max(1024), content: z.string() });
export type CommandFile = z.output<typeof CommandFile>;

/** "Run this": the whole of what a command knows. */
export const CommandOrder = z.object({
  argv: z.array(z.string()).min(1),
  /** What lies in its folder. */
  files: z.array(CommandFile).max(HOOK_LIMITS.commandFiles),
  /** After that everything that it began is ended. */
  timeout_ms: z.int().positive(),
});
export type CommandOrder = z.output<typeof CommandOrder>;

/** What came of it. */
export const CommandResult = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("ended"),
    /** `null`: a signal ended it. */
    exit_code: z.int().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    /** Those that it changed or made. */
    files: z.array(CommandFile),
  }),
  z.object({ kind: z.literal("timeout"), stdout: z.string(), stderr: z.string() }),
  z.object({ kind: z.literal("not_started"), reason: z.string() }),
]);
export type CommandResult = z.output<typeof CommandResult>;
