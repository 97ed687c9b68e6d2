/** What one program may be called with. */
interface Program {
  /** Its first argument is one of these. @default - it has none */
  readonly subcommands?: readonly string[];
  /** Options, whole: no program gets to complete one that was cut short. Those that end in `=` want a value with them. */
  readonly options: readonly string[];
}

/**
 * Programs that commands may call, each with the options that neither run something else nor read or write elsewhere than
 * in the folder that they are given.
 */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  ruff: {
    subcommands: ["check", "format"],
    options: [
      "--select=", "--ignore=", "--extend-select=", "--line-length=", "--target-version=", "--output-format=",
      "--fix", "--diff", "--check", "--quiet", "-q", "--verbose", "-v", "--statistics", "--exit-zero", "--no-cache", "--isolated", "--preview", "--no-preview",
    ],
  },
  black: { options: ["--check", "--diff", "--quiet", "-q", "--fast", "--safe", "--preview", "--line-length=", "--target-version=", "--skip-string-normalization"] },
  gofmt: { options: ["-w", "-l", "-d", "-e", "-s"] },
  prettier: { options: ["--write", "--check", "--list-different", "--no-config", "--no-editorconfig", "--tab-width=", "--print-width=", "--single-quote", "--no-semi", "--prose-wrap="] },
  /** Its filters reach the environment, which is empty, and the files that they are given. */
  jq: { options: ["-e", "-c", "-S", "-M", "-r", "-s", "--compact-output", "--exit-status", "--sort-keys", "--raw-output", "--slurp"] },
  git: {
    subcommands: ["status", "diff", "log", "show", "rev-parse", "ls-files"],
    options: ["--stat", "--shortstat", "--numstat", "--name-only", "--name-status", "--cached", "--staged", "--oneline", "--no-color", "--porcelain", "--short", "-s", "--no-ext-diff", "--no-textconv", "--no-patch", "--exit-code"],
  },
  pytest: { options: ["-q", "-v", "-x", "--quiet", "--verbose", "--exitfirst", "--maxfail=", "--tb=", "--durations=", "--strict-markers"] },
};

const BARE_NAME = /^[a-z][a-z0-9-]*$/;

/** Why a program must not be called so; nothing when it may. `allowed`: those that this is for. */
export function flawOfProgram(argv: readonly string[], allowed: ReadonlySet<string>): string | undefined {
  const [name = "", ...rest] = argv;
  const program = BARE_NAME.test(name) && Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (program === undefined) return `'${name}' is no program that commands may call; there are ${Object.keys(PROGRAMS).join(", ")}`;
  if (!allowed.has(name)) return `'${name}' is not here; allowed are ${[...allowed].join(", ") || "none"}`;
  const { subcommands, options } = program;
  const [subcommand = ""] = rest;
  if (subcommands !== undefined && !subcommands.includes(subcommand)) return `'${name} ${subcommand}' may not be called; only ${subcommands.join(", ")}`;
  return rest.slice(subcommands === undefined ? 0 : 1).map((arg) => flawOfArgument(arg, name, options)).find((flaw) => flaw !== undefined);
}

function flawOfArgument(arg: string, name: string, options: readonly string[]): string | undefined {
  if (arg === "--") return undefined;
  if (!arg.startsWith("-")) return flawOfPath(arg);
  const at = arg.indexOf("=");
  const isKnown = options.includes(at < 0 ? arg : arg.slice(0, at + 1));
  if (!isKnown) return `'${name}' may not be called with '${arg}'`;
  return at < 0 ? undefined : flawOfPath(arg.slice(at + 1));
}

/** Why an argument could lead elsewhere than into the folder that a command is given; nothing when it cannot. */
export function flawOfPath(path: string): string | undefined {
  if (/^[/\\~@]/.test(path) || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return `'${path}' leads out of the command's folder`;
  if (path.split(/[/\\]/).includes("..")) return `'${path}' leads out of the command's folder`;
  return undefined;
}
