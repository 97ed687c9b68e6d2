import { Argument, type Command } from "commander";
import { completionsOf } from "../completion/completions.ts";
import { SHELLS } from "../completion/shells.ts";
import { readProfiles } from "../profiles.ts";
import type { Session } from "../session.ts";

/** `completion SHELL`, and what the shell asks at each TAB. */
export function addCompletionCommands(program: Command, session: Session): void {
  program
    .command("completion")
    .description("print what completes commands, options and their values in your shell")
    .addArgument(new Argument("<shell>", "your shell").choices(Object.keys(SHELLS)))
    .addHelpText(
      "after",
      `
Put it where your shell reads it at its start:
  bash  echo 'source <(a2a completion bash)' >> ~/.bashrc
  zsh   echo 'source <(a2a completion zsh)' >> ~/.zshrc
  fish  a2a completion fish > ~/.config/fish/completions/a2a.fish`,
    )
    .action((shell: keyof typeof SHELLS) => void session.world.stdout.write(SHELLS[shell]));
  const sources = { "--profile": () => Object.keys(readProfiles(session.world.env).profiles) };
  program
    .command("complete", { hidden: true })
    .argument("[words...]", "the command line after its first word, up to the cursor")
    .action((words: readonly string[]) => session.print(...completionsOf(program, words, sources)));
}
