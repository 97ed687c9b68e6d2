import type { Command } from "commander";
import { SessionPage, SessionView } from "../../../shared/sessions/views/sessions.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

const pathOf = (id: string, act = ""): string => `/api/v1/sessions/${encodeURIComponent(id)}${act}`;

interface SaveOptions {
  readonly variables: string;
  readonly summary?: string;
  readonly pause?: true;
  readonly end?: true;
}

/** `sessions`: what executions have in common that follow one another. */
export function addSessionCommands(program: Command, session: Session): void {
  const sessions = program
    .command("sessions")
    .description("sessions, the newest first")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => list(session, json === true));
  sessions
    .command("create")
    .description("begin a session")
    .argument("[name]")
    .option("--variables <json>", "what is remembered from one execution to the next", "{}")
    .action(async (name: string | undefined, { variables }: { variables: string }) => {
      const body = { name, variables: parseJson(variables, "--variables") };
      const { session_id: id } = await callApi(session.connection(), { method: "POST", path: "/api/v1/sessions", body }, SessionView);
      session.print(id);
      session.remark(`run in it: a2a run WORKFLOW --session ${id}`);
    });
  sessions
    .command("show")
    .description("a session, or one version of it")
    .argument("<id>")
    .option("--version <n>")
    .action((id: string, { version }: { version?: string }) => show(session, { path: pathOf(id), query: { version } }));
  sessions
    .command("save")
    .description("save variables and summary, and mark where executions stand")
    .argument("<id>")
    .option("--variables <json>", "laid over what is remembered; null takes one away", "{}")
    .option("--summary <text>")
    .option("--pause", "its executions stand still from now on")
    .option("--end", "nothing joins it until it is resumed")
    .action((id: string, { variables, ...how }: SaveOptions) =>
      show(session, { method: "POST", path: pathOf(id, "/save"), body: { variables: parseJson(variables, "--variables"), ...how } }),
    );
  addGoingOn(sessions, session);
}

function addGoingOn(sessions: Command, session: Session): void {
  sessions
    .command("resume")
    .description("go on with a session, and with its paused executions")
    .argument("<id>")
    .action((id: string) => show(session, { method: "POST", path: pathOf(id, "/resume"), body: {} }));
  sessions
    .command("restore")
    .description("go on with the variables of an earlier version")
    .argument("<id>")
    .requiredOption("--version <n>")
    .action((id: string, { version }: { version: string }) => show(session, { method: "POST", path: pathOf(id, "/restore"), body: { version: Number(version) } }));
  sessions
    .command("end")
    .description("save a session once more, and close it")
    .argument("<id>")
    .action((id: string) => show(session, { method: "DELETE", path: pathOf(id) }));
}

async function show(session: Session, call: Parameters<typeof callApi>[1]): Promise<void> {
  session.print(JSON.stringify(await callApi(session.connection(), call, SessionView), null, 2));
}

async function list(session: Session, asJson: boolean): Promise<void> {
  const { sessions } = await callApi(session.connection(), { path: "/api/v1/sessions" }, SessionPage);
  if (asJson) return session.print(JSON.stringify(sessions, null, 2));
  const titles = ["SESSION", "NAME", "STATUS", "VERSION", "UPDATED"].map((title) => ({ title }));
  const rows = sessions.map(({ session_id: id, name, status, version, updated_at: at }) => [id, name, status, String(version), at]);
  session.print(...tableLines(titles, rows, session.paint));
}
