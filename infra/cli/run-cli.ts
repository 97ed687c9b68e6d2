import { Command, CommanderError } from "commander";
import { addAnalyticsCommands } from "./commands/analytics.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addCompletionCommands } from "./commands/completion.ts";
import { addControlCommands } from "./commands/control.ts";
import { addDefinitionCommands } from "./commands/definitions.ts";
import { addDraftCommands } from "./commands/drafts.ts";
import { addExecutionCommands } from "./commands/executions.ts";
import { addChannelCommands } from "./commands/channels.ts";
import { addDeadLetterCommands } from "./commands/dead-letters.ts";
import { addHookCommands } from "./commands/hooks.ts";
import { addIncidentCommands } from "./commands/incidents.ts";
import { addInitCommand } from "./commands/init.ts";
import { addOperationCommands } from "./commands/operations.ts";
import { addProfileCommands } from "./commands/profiles.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addRegistryCommands } from "./commands/registry.ts";
import { addRpcCommand } from "./commands/rpc.ts";
import { addRunningCommands } from "./commands/running.ts";
import { addTaskControlCommands } from "./commands/task-control.ts";
import { addScheduleCommands } from "./commands/schedules.ts";
import { addSessionCommands } from "./commands/sessions.ts";
import { describeFailure, EXIT } from "./failures.ts";
import { openSession, type World } from "./session.ts";

/**
 * Runs one command line and says how it ended, as an exit code.
 *
 * @throws {Error} a defect of the command.
 */
export async function runCli(args: readonly string[], world: World): Promise<number> {
  const program = new Command("a2a");
  const session = openSession(world, () => program.opts());
  describeProgram(program, world);
  addDefinitionCommands(program, session);
  addDraftCommands(program, session);
  addRunningCommands(program, session);
  addExecutionCommands(program, session);
  addControlCommands(program, session);
  addTaskControlCommands(program, session);
  addOperationCommands(program, session);
  addAnalyticsCommands(program, session);
  addAuditCommands(program, session);
  addRegistryCommands(program, session);
  addHookCommands(program, session);
  addIncidentCommands(program, session);
  addChannelCommands(program, session);
  addScheduleCommands(program, session);
  addDeadLetterCommands(program, session);
  addSessionCommands(program, session);
  addRpcCommand(program, session);
  addProfileCommands(program, session);
  addDoctorCommand(program, session);
  addInitCommand(program, session);
  addCompletionCommands(program, session);
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const failure = describeFailure(error);
    if (failure === undefined) throw error;
    session.remark(...failure.lines);
    return failure.code;
  }
}

/** A list that has an option of the same name takes it wherever it stands: what it took is given back to its command. */
function giveBack(command: Command): void {
  const { parent } = command;
  if (parent === null || parent.parent === null) return;
  for (const option of command.options) {
    const name = option.attributeName();
    const isTaken = parent.options.some((other) => other.attributeName() === name) && parent.getOptionValueSource(name) === "cli";
    if (isTaken) command.setOptionValueWithSource(name, parent.getOptionValue(name), "cli");
  }
}

/** Settings are inherited by commands added later, so this comes first. */
function describeProgram(program: Command, { stdout, stderr }: World): void {
  program
    .description("Validate, plan, run and watch workflows of A2A agents")
    .option("--url <url>", "API to talk to (default: A2A_URL, .local/connection.json, the profile in use)")
    .option("--token <token>", "token to show (default: A2A_TOKEN, or what is kept for the URL)")
    .option("--profile <name>", "deployment that `a2a login` remembered (default: A2A_PROFILE)")
    .hook("preAction", (_, command) => giveBack(command))
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(a2a --help lists every command)")
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}
