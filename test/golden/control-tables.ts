import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { METHODS } from "../../functions/orchestrator-api/rpc/method-table.ts";
import { ExecutionStatus } from "../../shared/execution/execution.ts";
import {
  CONTROL_ACTIONS,
  EXECUTION_ACTIONS,
  type ExecutionActionRow,
  legalMoves,
} from "../../shared/execution/lifecycle/execution-actions.ts";
import { TASK_ACTION_NAMES, TASK_ACTIONS, type TaskActionRow } from "../../shared/execution/lifecycle/task-actions.ts";
import { TASK_EDGES } from "../../shared/execution/task/edges.ts";

/** The page that holds the tables of control actions. */
export const CONTROL_PAGE = path.resolve(import.meta.dirname, "../../functions/orchestrator-api/README.md");

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const tableOf = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const methodsOf = (operation: string, action: string): string =>
  code(METHODS.filter(({ name, route }) => route.operationId === operation && speaksOf(name, action)).map(({ name }) => name));

/** `workflow.pause` is for one action alone; `execution.control` takes any. */
const speaksOf = (method: string, action: string): boolean =>
  !/^workflow\.(pause|resume|cancel)$/.test(method) || method === `workflow.${action}`;

/** Which actions change an execution, by where it stands. */
export const legalTable = (): string =>
  tableOf(["from", "legal"], ExecutionStatus.options.map((status) => [status, legalMoves({ status }).join(", ")]));

/** Every way to steer an execution. */
export const executionTable = (): string =>
  tableOf(
    ["action", "leads to", "nothing to do if", "tells", "permission", "JSON-RPC"],
    CONTROL_ACTIONS.map((action) => {
      const { to, noEdge = "", done = [], tells, permission, operation, sentAs = action }: ExecutionActionRow = EXECUTION_ACTIONS[action];
      const leads = to === undefined ? `nowhere: ${noEdge}` : to === "same" ? "stays" : to.join(", ");
      return [`\`${action}\``, leads, done.join(", "), code(tells), code([permission]), methodsOf(operation, sentAs)];
    }),
  );

/** Every way to steer a task. */
export const taskTable = (): string =>
  tableOf(
    ["action", "the task waits", "edge", "tells", "permission", "JSON-RPC"],
    TASK_ACTION_NAMES.map((action) => {
      const { waits, edge, nextRun, permission, whereNoRoles, operation }: TaskActionRow = TASK_ACTIONS[action];
      const place = waits === undefined ? "anywhere" : `${waits.state}${waits.reason === undefined ? "" : ` (${waits.reason})`}`;
      const next = nextRun === undefined ? [] : [`\`${nextRun}\` of the execution, to a next run`];
      const edges = [...(edge === undefined ? [] : [`\`${edge}\``]), ...next].join("; ");
      const tells = code([...(edge === undefined ? [] : TASK_EDGES[edge].tells), ...(nextRun === undefined || edge !== undefined ? [] : EXECUTION_ACTIONS[nextRun].tells)]);
      const who = whereNoRoles === undefined ? code([permission]) : `a role that the task names; \`${whereNoRoles}\` where it names none`;
      return [`\`${action}\``, place, edges, tells, who, methodsOf(operation, action)];
    }),
  );

const TABLES: Readonly<Record<string, () => string>> = {
  "legal moves": legalTable,
  "control actions": executionTable,
  "task actions": taskTable,
};

/**
 * The page with every table written anew between its markers.
 *
 * @throws {Error} the page lacks the markers of a table.
 */
export function withControlTables(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, write]) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`the page needs the lines '${begin}' and '${end}'`);
    return `${text.slice(0, from + begin.length)}\n\n${write()}\n\n${text.slice(to)}`;
  }, page);
}

if (import.meta.main) writeFileSync(CONTROL_PAGE, withControlTables(readFileSync(CONTROL_PAGE, "utf8")));
