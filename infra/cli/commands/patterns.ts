import type { Command } from "commander";
import { PatternList, PatternView } from "../../../shared/patterns/views/patterns.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

/** `patterns`: how agents of a task may work together. */
export function addPatternCommands(program: Command, session: Session): void {
  const patterns = program.command("patterns").description("the patterns by which agents of a task may work together");
  patterns
    .command("list", { isDefault: true })
    .description("list them")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => list(session, json === true));
  patterns
    .command("show")
    .description("show the members of a pattern, its configuration, its bound on calls, and what its agents are asked")
    .argument("<pattern>")
    .option("--json", "as JSON")
    .action((name: string, { json }: { json?: true }) => show(session, name, json === true));
}

async function list(session: Session, asJson: boolean): Promise<void> {
  const { patterns } = await callApi(session.connection(), { path: "/api/v1/patterns" }, PatternList);
  if (asJson) return session.print(JSON.stringify(patterns, null, 2));
  const titles = ["PATTERN", "VERSION", "TYPE", "WHAT IT DOES"].map((title) => ({ title }));
  const rows = patterns.map(({ name, version, type, description }) => [name, version, type, description]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function show(session: Session, name: string, asJson: boolean): Promise<void> {
  const pattern = await callApi(
    session.connection(),
    { path: `/api/v1/patterns/${encodeURIComponent(name)}` },
    PatternView,
  );
  if (asJson) return session.print(JSON.stringify(pattern, null, 2));
  const { paint } = session;
  session.print(
    `${paint("bold", pattern.name)} ${pattern.version}  ${pattern.description}`,
    "",
    ...tableLines(
      ["MEMBER", "ROLES", "THEY"].map((title) => ({ title })),
      memberRows(pattern),
      paint,
    ),
    "",
    ...tableLines(
      ["CONFIG", "DEFAULT", "SCHEMA"].map((title) => ({ title })),
      configRows(pattern),
      paint,
    ),
    "",
    `calls at most    ${pattern.calls_bound}`,
    "",
    ...tableLines(
      ["MESSAGE", "WHAT IS WANTED", "ANSWER"].map((title) => ({ title })),
      messageRows(pattern),
      paint,
    ),
  );
}

const memberRows = ({ members }: PatternView): string[][] =>
  Object.entries(members).map(([part, { least, most, does }]) => [
    part,
    least === most ? String(most) : `${least} to ${most}`,
    does,
  ]);

function configRows({ configuration_schema: { properties } }: PatternView): string[][] {
  const fields: object = typeof properties === "object" && properties !== null ? properties : {};
  return Object.entries(fields).map(([field, schema]: [string, unknown]) => {
    const { default: standard, ...rest }: { readonly default?: unknown } =
      typeof schema === "object" && schema !== null ? schema : {};
    return [field, standard === undefined ? "" : JSON.stringify(standard), JSON.stringify(rest)];
  });
}

const messageRows = ({ messages }: PatternView): string[][] =>
  messages.map(({ kind, wants, answer_schema: schema }) => [
    kind,
    wants,
    Object.keys(schema).length === 0 ? "anything" : fieldsOf(schema),
  ]);

/** The fields of an answer; a question mark behind those that may be left out. */
function fieldsOf({ properties, required }: Readonly<Record<string, unknown>>): string {
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const fields = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return `{${fields.map((field) => (needed.includes(field) ? field : `${field}?`)).join(", ")}}`;
}
