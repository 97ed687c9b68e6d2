import { ApiProblem, ConnectionError, type ApiFlaw } from "./client/api-errors.ts";

/** How the command ends: 0 done, 1 the caller can correct it, 2 wrong usage, 3 the server or the way to it. */
export const EXIT = { done: 0, user: 1, usage: 2, server: 3 } as const;

/** Something the caller can correct: a file, an answer, a definition. Lines of text, ready to print. */
export class UserError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join("\n"), options);
    this.lines = lines;
  }
}

/** Arguments that do not fit. */
export class UsageError extends Error {}

/** What to print about an expected error, and the exit code; nothing for a defect. */
export function describeFailure(error: unknown): { lines: readonly string[]; code: number } | undefined {
  if (error instanceof UserError) return { lines: error.lines, code: EXIT.user };
  if (error instanceof UsageError) return { lines: [`a2a: ${error.message}`], code: EXIT.usage };
  if (error instanceof ConnectionError)
    return { lines: [`a2a: ${error.message} — ${error.remedy}`], code: EXIT.server };
  if (error instanceof ApiProblem) return { lines: problemLines(error), code: error.isOurs ? EXIT.user : EXIT.server };
  return undefined;
}

const NEW_TOKEN = "get a new one: `npm start` writes it to .local/connection.json, `a2a login URL` keeps another, or give --token";

/** A refusal: each flaw with its field and remedy, or what the API says as a whole. */
function problemLines({ status, title, detail, flaws }: ApiProblem): string[] {
  if (status === 401) return [`a2a: ${title} (401) — ${NEW_TOKEN}`];
  if (flaws.length === 0) return [`a2a: ${detail === "" ? title : detail} (${status})`];
  return [`a2a: ${title} (${status})`, ...flaws.map(flawLine)];
}

function flawLine({ place, message, remedy, line, column }: ApiFlaw): string {
  const position = line === undefined ? "" : `${line}:${column ?? 1} `;
  return `  ${position}${place === "" ? "" : `${place}: `}${message}${remedy === undefined ? "" : ` — ${remedy}`}`;
}
