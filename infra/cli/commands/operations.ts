import type { Command } from "commander";
import { BULK_ACTIONS } from "../../../shared/execution/lifecycle/execution-actions.ts";
import { type BulkEntry, BulkPage } from "../../../shared/execution/views/bulk.ts";
import { HoldList, HoldReleased, HoldView } from "../../../shared/execution/views/holds.ts";
import { type InboxItem, InboxPage } from "../../../shared/execution/views/inbox.ts";
import { callApi } from "../client/api-client.ts";
import { UsageError, UserError } from "../failures.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface PlaceOptions {
  readonly workflow?: string;
  readonly global?: true;
  readonly reason?: string;
}

/** `hold`, `release`, `holds`, `inbox` and `bulk`. */
export function addOperationCommands(program: Command, session: Session): void {
  addHoldCommands(program, session);
  program
    .command("inbox")
    .description("what waits for a person: approvals, questions of agents, failed tasks, budgets")
    .option("--kind <kind>", "approval, input, operator or budget")
    .option("--json", "as JSON")
    .action((options: { kind?: string; json?: true }) => showInbox(session, options));
  program
    .command("bulk")
    .description(`steer every execution that fits a filter: ${BULK_ACTIONS.join(", ")}`)
    .argument("<action>")
    .option("--workflow <name>")
    .option("--status <status>")
    .option("--before <time>", "submitted before, ISO 8601")
    .option("--after <time>", "submitted after, ISO 8601")
    .option("--dry-run", "say what would happen")
    .option("--reason <text>", "why; it stays in the history")
    .option("--json", "one JSON object per line")
    .action((action: string, options: BulkOptions) => bulk(session, action, options));
}

function addHoldCommands(program: Command, session: Session): void {
  program
    .command("hold")
    .description("start nothing more of the tenant until it is released; agents finish what they have")
    .option("--workflow <name>", "only this workflow")
    .option("--global", "of all tenants; needs role admin")
    .option("--reason <text>", "why")
    .action(async (options: PlaceOptions) => {
      const body = { ...placeOf(options), reason: options.reason };
      const hold = await callApi(session.connection(), { method: "PUT", path: "/api/v1/holds", body }, HoldView);
      session.print(`held: ${nameOf(hold)}, since ${hold.held_since} by ${hold.held_by}`);
    });
  program
    .command("release")
    .description("release a hold and let go on what no other one covers")
    .option("--workflow <name>", "only this workflow")
    .option("--global", "of all tenants; needs role admin")
    .action(async (options: PlaceOptions) => {
      const call = { method: "DELETE", path: "/api/v1/holds", query: placeOf(options) } as const;
      const { was_held: wasHeld, released_tasks: tasks } = await callApi(session.connection(), call, HoldReleased);
      if (!wasHeld) throw new UserError(["a2a: nothing is held there; see a2a holds"]);
      session.print(`released; ${tasks} tasks go on now, others within a minute`);
    });
  program
    .command("holds")
    .description("list what is held")
    .option("--json", "as JSON")
    .action((options: { json?: true }) => listHolds(session, options.json === true));
}

function placeOf({ workflow, global }: PlaceOptions): { scope: string; workflow_id?: string } {
  if (global === true && workflow !== undefined) throw new UsageError("--global and --workflow exclude each other");
  if (global === true) return { scope: "global" };
  return workflow === undefined ? { scope: "tenant" } : { scope: "workflow", workflow_id: workflow };
}

const nameOf = ({ scope, workflow_id: workflow }: { scope: string; workflow_id?: string | undefined }): string =>
  workflow === undefined ? (scope === "global" ? "everything" : "the whole tenant") : `workflow ${workflow}`;

async function listHolds(session: Session, asJson: boolean): Promise<void> {
  const { holds } = await callApi(session.connection(), { path: "/api/v1/holds" }, HoldList);
  if (asJson) return session.print(JSON.stringify(holds, null, 2));
  const columns = ["HELD", "SINCE", "BY", "REASON"].map((title) => ({ title }));
  const rows = holds.map((hold) => [nameOf(hold), hold.held_since, hold.held_by, hold.reason ?? ""]);
  session.print(...tableLines(columns, rows, session.paint));
}

async function showInbox(session: Session, { kind, json }: { kind?: string; json?: true }): Promise<void> {
  const items: InboxItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await callApi(session.connection(), { path: "/api/v1/inbox", query: { kind, cursor } }, InboxPage);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  if (json === true) return session.print(JSON.stringify(items, null, 2));
  const columns = ["KIND", "EXECUTION", "TASK", "SINCE", "WHAT", "DO"].map((title) => ({ title }));
  const rows = items.map((item) => [
    item.kind,
    item.execution_id,
    item.task_id,
    item.waiting_since,
    whatOf(item),
    item.actions.join(" | "),
  ]);
  session.print(...tableLines(columns, rows, session.paint));
}

function whatOf({ prompt, question, error }: InboxItem): string {
  if (error !== undefined) return `${error.code}: ${error.message}`;
  return prompt ?? (question === undefined ? "" : JSON.stringify(question));
}

interface BulkOptions {
  readonly workflow?: string;
  readonly status?: string;
  readonly before?: string;
  readonly after?: string;
  readonly dryRun?: true;
  readonly reason?: string;
  readonly json?: true;
}

async function bulk(session: Session, action: string, options: BulkOptions): Promise<void> {
  const { workflow, status, before, after, dryRun, reason, json } = options;
  const filter = { workflow_id: workflow, status, submitted_before: before, submitted_after: after };
  const counts = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const body = { action, filter, reason, dry_run: dryRun === true, cursor };
    const page = await callApi(
      session.connection(),
      { method: "POST", path: "/api/v1/executions/bulk", body },
      BulkPage,
    );
    for (const entry of page.results) {
      counts.set(entry.outcome, (counts.get(entry.outcome) ?? 0) + 1);
      session.print(json === true ? JSON.stringify(entry) : lineOf(entry));
    }
    cursor = page.next_cursor;
  } while (cursor !== undefined && !session.world.signal.aborted);
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  const summary = told || "no execution fits the filter";
  session.remark(dryRun === true ? `nothing was done; it would be: ${summary}` : summary);
}

const lineOf = ({ execution_id: id, outcome, status, detail }: BulkEntry): string =>
  `${id} ${outcome}, ${status}${detail === undefined ? "" : `: ${detail}`}`;
