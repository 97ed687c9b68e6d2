import { CommandOrder, type CommandResult } from "../../shared/hooks/command/command-order.ts";
import { runCommand } from "./run-command.ts";

/**
 * Called by `run-hooks` alone, for one tenant per sandbox. It holds nothing: a role without grants, no network, and files that
 * came with the call.
 */
export const handler = (event: unknown): Promise<CommandResult> => runCommand(CommandOrder.parse(event));
