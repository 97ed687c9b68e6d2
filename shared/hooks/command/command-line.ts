/** A command line as arguments, or why it is not taken for one. */
export type CommandLine = { readonly argv: readonly string[] } | { readonly flaw: string };

const MOST_CHARACTERS = 2000;
const MOST_ARGUMENTS = 64;
const MOST_ARGUMENT_CHARACTERS = 4096;

/** Characters that some shell gives a meaning to. They are refused, not escaped: nobody has to know by which shell. */
const SPECIAL: ReadonlySet<string> = new Set(";&|<>()$`\\{}*?[]~!#%^=");
/** Those that keep their meaning between double quotes. */
const SPECIAL_QUOTED = /[$`\\]/;
/** Control characters and line ends, and those that turn the direction of what is shown or show nothing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{Cs}/u;
/** Spaces that only look like the one that separates arguments. */
const ODD_SPACE = /[\p{Zs}]/u;
/** Stands for a field of what the command runs for; one argument, whatever it holds. */
const PLACEHOLDER = /^\{[a-z][a-z_]*\}/;
/** A long option that has its value with it. */
const OPTION = /^--[a-z][a-z-]*$/;

/**
 * Splits a command line as a POSIX shell would, and refuses whatever a shell could take for more than arguments. `{name}`
 * alone is a placeholder. `args` follow as they are: nothing in them means anything.
 */
export function splitCommand(text: string, args: readonly string[] = []): CommandLine {
  if (text.length > MOST_CHARACTERS) return { flaw: `has more than ${MOST_CHARACTERS} characters` };
  const split = splitWords(text);
  if ("flaw" in split) return split;
  const argv = [...split.argv, ...args];
  const flaw = flawOfArguments(argv);
  return flaw === undefined ? { argv } : { flaw };
}

function flawOfArguments(argv: readonly string[]): string | undefined {
  if (argv.length === 0) return "is empty";
  if (argv.length > MOST_ARGUMENTS) return `has more than ${MOST_ARGUMENTS} arguments`;
  const unseen = argv.find((arg) => UNSEEN.test(arg));
  if (unseen !== undefined) return `has a control character in ${JSON.stringify(unseen)}`;
  return argv.some((arg) => arg.length > MOST_ARGUMENT_CHARACTERS) ? `has an argument of more than ${MOST_ARGUMENT_CHARACTERS} characters` : undefined;
}

interface Word {
  readonly text: string;
  readonly rest: string;
}

function splitWords(text: string): CommandLine {
  const argv: string[] = [];
  let rest = text.replace(/^[ \t]+/, "");
  while (rest !== "") {
    const word = readWord(rest);
    if ("flaw" in word) return word;
    argv.push(word.text);
    rest = word.rest.replace(/^[ \t]+/, "");
  }
  return { argv };
}

function readWord(text: string): Word | { readonly flaw: string } {
  const [placeholder] = PLACEHOLDER.exec(text) ?? [];
  if (placeholder !== undefined && /^([ \t]|$)/.test(text.slice(placeholder.length))) return { text: placeholder, rest: text.slice(placeholder.length) };
  let [word, at] = ["", 0];
  while (at < text.length && !" \t".includes(text.charAt(at))) {
    const piece = readPiece(text, at, word);
    if ("flaw" in piece) return piece;
    word += piece.text;
    at = piece.end;
  }
  return { text: word, rest: text.slice(at) };
}

function readPiece(text: string, at: number, word: string): { readonly text: string; readonly end: number } | { readonly flaw: string } {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === "'" || character === '"') return readQuoted(text, at, character);
  if (UNSEEN.test(character)) return { flaw: "has a control character" };
  if (ODD_SPACE.test(character)) return { flaw: "has a space that is none of ASCII" };
  if (SPECIAL.has(character) && !(character === "=" && OPTION.test(word))) return { flaw: `has '${character}' outside of single quotes, which shells give a meaning to` };
  return { text: character, end: at + character.length };
}

function readQuoted(text: string, at: number, quote: "'" | '"'): { readonly text: string; readonly end: number } | { readonly flaw: string } {
  const end = text.indexOf(quote, at + 1);
  if (end < 0) return { flaw: `has an open ${quote}` };
  const inner = text.slice(at + 1, end);
  const special = quote === '"' ? SPECIAL_QUOTED.exec(inner)?.[0] : undefined;
  if (special !== undefined) return { flaw: `has '${special}' between double quotes, which shells give a meaning to` };
  return UNSEEN.test(inner) ? { flaw: "has a control character" } : { text: inner, end: end + 1 };
}
