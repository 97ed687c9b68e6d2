import { afterAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../functions/orchestrator-api/route-table.ts";
import { METHODS } from "../../functions/orchestrator-api/rpc/method-table.ts";
import { BULK_ACTIONS, EXECUTION_ACTIONS } from "../../shared/execution/lifecycle/execution-actions.ts";
import { TASK_ACTIONS, type TaskActionRow } from "../../shared/execution/lifecycle/task-actions.ts";
import { ANY_CALLER, isPermitted, ROLES } from "../../shared/http/caller.ts";
import { controlRequests, TASK_REQUESTS } from "../fixtures/api/control-requests.ts";
import { doorsOf } from "../fixtures/api/doors.ts";
import { MemoryApi } from "../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../fixtures/runtime/task-rows.ts";
import { openShell } from "../unit/cli/shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const DOORS = doorsOf(shell);
const EXECUTION_REQUESTS = controlRequests(shell.small);

const rowOf = (row: TaskActionRow): TaskActionRow => row;
const ACTIONS = [
  ...Object.entries(EXECUTION_ACTIONS).map(([name, row]) => ({ name, row: rowOf(row) })),
  ...Object.entries(TASK_ACTIONS).map(([name, row]) => ({ name: `task ${name}`, row: rowOf(row) })),
];
const REQUESTS = new Map([
  ...Object.entries(EXECUTION_REQUESTS),
  ...Object.entries(TASK_REQUESTS).map(([name, request]) => [`task ${name}`, request] as const),
]);

describe.each(ACTIONS)("$name", ({ name, row }) => {
  const methods = METHODS.filter(({ route }) => route.operationId === row.operation);

  it("is an operation of REST and a method of JSON-RPC, which ask for its permission, and a command", async () => {
    const operations = [...ROUTES.filter(({ operationId }) => operationId === row.operation), ...methods.map(({ route }) => route)];
    expect(operations.length).toBeGreaterThanOrEqual(2);
    expect(new Set(operations.map(({ permission }) => permission))).toEqual(new Set([row.permission]));
    expect(methods.map((method) => method.name)).toContain(REQUESTS.get(name)?.rpc.method);
    expect(REQUESTS.get(name)?.command[0]).toBe(row.command);
    expect((await shell.run([row.command, "--help"])).out).toContain(`Usage: a2a ${row.command}`);
  });

  it.each(Object.keys(ROLES).flatMap((role) => (["REST", "JSON-RPC"] as const).map((door) => ({ role, door }))))(
    "over $door is refused to '$role' exactly where no grant of that role covers it",
    async ({ role, door }) => {
      const api = new MemoryApi();
      const execution = await api.runtime.submit();
      await saveRow(api.runtime.executions, execution, { row: taskRow({ task: "a", state: "completed" }) });
      const asked = row.permission === ANY_CALLER ? (row.whereNoRoles ?? ANY_CALLER) : row.permission;
      const request = REQUESTS.get(name);
      if (request === undefined) throw new Error(`no request asks for ${name}`);
      const before = api.runtime.head();
      const { problem } = await DOORS[door](api, request, role);
      const isRefused = problem?.["type"] === "urn:a2a-orchestrator:problem:Forbidden";
      expect({ role, isRefused }).toEqual({ role, isRefused: !isPermitted({ roles: [role] }, asked) });
      if (!isRefused) return;
      expect(problem?.["detail"]).toContain(`'${asked}'`);
      expect(api.runtime.head()).toEqual(before);
    },
  );
});

describe("many executions at once", () => {
  it("are steered by whom each of the actions is allowed to", async () => {
    const permissions = new Set(BULK_ACTIONS.map((action) => EXECUTION_ACTIONS[action].permission));
    expect(permissions).toEqual(new Set(ROUTES.filter(({ operationId }) => operationId === "controlExecutions").map(({ permission }) => permission)));
  });

  it.each(BULK_ACTIONS)("can be asked to %s", async (action) => {
    const api = new MemoryApi();
    await api.runtime.submit();
    const body = { action, filter: { workflow_id: "drawn" }, dry_run: true };
    expect((await api.call("POST", "/api/v1/executions/bulk", { body })).json).toMatchObject({ action, results: [{ execution_id: EXECUTION }] });
  });
});

describe("help", () => {
  const words = (text: string): string => text.replaceAll(/\s+/g, " ");

  it.each(ACTIONS)("says what $name does", async ({ name, row }) => {
    const { out } = await shell.run([row.command, "--help"]);
    // Going back is an option of `resume`, whose first words speak of that.
    expect(words(out)).toContain(name === "resume_from_checkpoint" ? "--from <checkpoint>" : row.does);
  });
});
