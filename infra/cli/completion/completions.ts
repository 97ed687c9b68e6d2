import type { Command, Option } from "commander";

/** What stands for the value of an option that the program does not know the values of, by the option's long name. */
export type ValueSources = Readonly<Record<string, () => readonly string[]>>;

/** A command line up to the word at the cursor. */
interface Line {
  /** The command that the words before the cursor have reached. */
  readonly command: Command;
  /** How many arguments of it they have given. */
  readonly given: number;
  /** The option whose value the word at the cursor is. */
  readonly option: Option | undefined;
}

/**
 * What the last of `words` may become. Nothing where only the user knows, such as ids and files.
 *
 * @param words of the command line after the program's name, the one at the cursor last and maybe empty.
 */
export function completionsOf(program: Command, words: readonly string[], sources: ValueSources = {}): readonly string[] {
  const word = words.at(-1) ?? "";
  const line = readLine(program, words.slice(0, -1));
  return candidates(program, line, { word, sources }).filter((candidate) => candidate.startsWith(word));
}

function candidates(
  program: Command,
  { command, given, option }: Line,
  { word, sources }: { word: string; sources: ValueSources },
): readonly string[] {
  if (option !== undefined) return option.argChoices ?? sources[option.long ?? ""]?.() ?? [];
  if (word.startsWith("-")) return optionsOf(program, command).flatMap(({ long }) => long ?? []);
  const names = command.createHelp().visibleCommands(command).map((one) => one.name());
  return [...(given === 0 ? names : []), ...(argumentAt(command, given)?.argChoices ?? [])];
}

/** Its own options and those of the program, which every command takes. */
function optionsOf(program: Command, command: Command): readonly Option[] {
  const help = command.createHelp();
  return [...new Set([...help.visibleOptions(command), ...help.visibleOptions(program)])];
}

/** The last argument takes all that follow if it takes several. */
function argumentAt({ registeredArguments }: Command, place: number): Command["registeredArguments"][number] | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[place] ?? (last?.variadic === true ? last : undefined);
}

function readLine(program: Command, words: readonly string[]): Line {
  let line: Line = { command: program, given: 0, option: undefined };
  for (const word of words) line = readWord(program, line, word);
  return line;
}

function readWord(program: Command, line: Line, word: string): Line {
  const { command, given, option } = line;
  if (option !== undefined) return { ...line, option: undefined };
  if (word.startsWith("-")) {
    const known = optionsOf(program, command).find(({ long, short }) => word === long || word === short);
    return known?.required === true ? { ...line, option: known } : line;
  }
  const next = given === 0 ? command.commands.find((one) => one.name() === word || one.aliases().includes(word)) : undefined;
  return next === undefined ? { ...line, given: given + 1 } : { command: next, given: 0, option: undefined };
}
