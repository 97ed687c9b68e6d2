import type { Command } from "commander";
import { DeadHookRunPage, HookRedriven, HookRunPage, HookRunView } from "../../../shared/hooks/views/hooks.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

const at = (id: string): string => `/api/v1/hooks/${encodeURIComponent(id)}`;

/** `hooks log`, `try`, `dead`, `redrive`: what became of hooks. */
export function addHookRunCommands(hooks: Command, session: Session): void {
  hooks
    .command("log")
    .description("runs of a hook in the last seven days, the newest first")
    .argument("<id>")
    .option("--limit <n>", "how many", "20")
    .action((id: string, { limit }: { limit: string }) => printLog(session, id, limit));
  hooks
    .command("try")
    .description("run a hook once, now, with a made-up context")
    .argument("<id>")
    .option("--context <json>", 'fields of the event, such as {"task_id": "fetch"}', "{}")
    .action((id: string, { context }: { context: string }) => tryHook(session, id, context));
  hooks
    .command("dead")
    .description("runs of hooks that failed after all attempts")
    .action(() => printDead(session));
  hooks
    .command("redrive")
    .description("have a run that failed after all attempts begin anew")
    .argument("<run>")
    .action(async (run: string) => {
      const path = `/api/v1/hooks/dead-letters/${encodeURIComponent(run)}/redrive`;
      const { status } = await callApi(session.connection(), { method: "POST", path, body: {} }, HookRedriven);
      session.remark(`${run} is ${status}`);
    });
}

async function printLog(session: Session, id: string, limit: string): Promise<void> {
  const { executions } = await callApi(session.connection(), { path: `${at(id)}/executions`, query: { limit } }, HookRunPage);
  const titles = ["RUN", "STARTED", "STATUS", "TRY", "MS", "EVENT", "EXECUTION", "ERROR"].map((title) => ({ title }));
  const rows = executions.map((run) => [
    run.run_id,
    run.started_at,
    run.status,
    String(run.attempt),
    run.duration_ms === undefined ? "" : String(run.duration_ms),
    run.event_type,
    run.execution_id ?? (run.manual === true ? "by hand" : ""),
    run.error?.message ?? "",
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function tryHook(session: Session, id: string, text: string): Promise<void> {
  const body = { context: parseJson(text, "--context") };
  const run = await callApi(session.connection(), { method: "POST", path: `${at(id)}/execute`, body }, HookRunView);
  session.print(JSON.stringify(run, null, 2));
}

async function printDead(session: Session): Promise<void> {
  const { dead_letters: letters } = await callApi(session.connection(), { path: "/api/v1/hooks/dead-letters" }, DeadHookRunPage);
  const titles = ["RUN", "HOOK", "FAILED", "EVENT", "REASON"].map((title) => ({ title }));
  const rows = letters.map(({ run_id: run, hook_name: name, failed_at: failed, event, reason }) => [run, name, failed, event.type, reason]);
  session.print(...tableLines(titles, rows, session.paint));
}
