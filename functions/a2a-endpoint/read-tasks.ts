import type { TaskPage } from "../../shared/endpoint/wire/outcome.ts";
import type { WireTask } from "../../shared/endpoint/wire/replies.ts";
import type { ParamsOf, WireState } from "../../shared/endpoint/wire/wire.ts";
import type { Page, PageRequest } from "../../shared/aws/page.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import type { Execution, ExecutionStatus } from "../../shared/execution/execution.ts";
import { countExecutions, executionCursor, listExecutions } from "../../shared/execution/store/execution-queries.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import { type CursorShape, decodeCursor, encodeCursor } from "../../shared/http/request.ts";
import { countContext, listContext } from "../../shared/endpoint/store/conversation-store.ts";
import { contextPartition } from "../../shared/endpoint/store/keys.ts";
import { contextOf, stateOf, viewTask } from "../../shared/endpoint/task-view.ts";
import { loadPicture, pictureOf } from "../../shared/endpoint/tasks/load-picture.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";

/** `GetTask`. @throws {NotFoundError} no such task for this tenant. */
export async function getTask(
  deps: EndpointDeps,
  { caller }: Call,
  { id, historyLength }: ParamsOf<"GetTask">,
): Promise<WireTask> {
  requirePermission(caller, "execution:read");
  const picture = await loadPicture(deps, { tenant: caller.tenant, execution: id }, { history: historyLength !== 0 });
  return viewTask(picture, { historyLength });
}

/** Where a listing comes from: executions newest first, page by page. */
interface Source {
  readonly cursor: CursorShape;
  readonly page: (request: PageRequest) => Promise<Page<Execution>>;
  readonly count: () => Promise<number>;
}

/** The one status that executions of a state have; states without an entry are spread over several. */
const STATUS_OF: Readonly<Partial<Record<WireState, ExecutionStatus>>> = {
  TASK_STATE_COMPLETED: "completed",
  TASK_STATE_FAILED: "failed",
  TASK_STATE_REJECTED: "failed",
  TASK_STATE_CANCELED: "cancelled",
};

/**
 * `ListTasks`: the tenant's executions, those submitted last first. A page of a filtered list may hold fewer than asked
 * for although another follows. `totalSize` counts up to `A2A_LIMITS.countedTasks`, before the filters that no index
 * answers; of completed tasks, among as many executions as a search looks at.
 */
export async function listTasks(
  deps: EndpointDeps,
  { caller }: Call,
  params: ParamsOf<"ListTasks">,
): Promise<TaskPage> {
  requirePermission(caller, "execution:read");
  const { pageSize = A2A_LIMITS.tasksByDefault, pageToken, contextId } = params;
  const source =
    contextId === undefined
      ? tenantSource(deps, caller.tenant, params.status)
      : contextSource(deps, caller.tenant, contextId);
  let after = decodeCursor(pageToken === "" ? undefined : pageToken, source.cursor);
  const tasks: WireTask[] = [];
  for (let round = 0; round < A2A_LIMITS.listPages && tasks.length < pageSize; round += 1) {
    const { rows, next } = await source.page({ limit: pageSize - tasks.length, after });
    tasks.push(...(await viewAll(deps, rows, params)));
    after = next;
    if (next === undefined) break;
  }
  const newestFirst = tasks.sort((a, b) => (a.status.timestamp > b.status.timestamp ? -1 : 1));
  return { tasks: newestFirst, nextPageToken: encodeCursor(after) ?? "", pageSize, totalSize: await source.count() };
}

async function viewAll(
  deps: EndpointDeps,
  rows: readonly Execution[],
  params: ParamsOf<"ListTasks">,
): Promise<readonly WireTask[]> {
  const { status, statusTimestampAfter, historyLength = 0, includeArtifacts: artifacts = false } = params;
  const since = statusTimestampAfter === undefined ? undefined : new Date(statusTimestampAfter).toISOString();
  // States that need no rows of tasks are told from the head, before anything else is read.
  const candidates = rows.filter(
    (row) => status === undefined || status === stateOf(row, []) || row.status === "running" || row.status === "paused",
  );
  const shown = await mapConcurrent(candidates, A2A_LIMITS.picturesAtOnce, async (row) =>
    viewTask(await pictureOf(deps, row, { history: historyLength > 0, artifacts }), { historyLength, artifacts }),
  );
  return shown.filter(
    (task) =>
      (status === undefined || task.status.state === status) && (since === undefined || task.status.timestamp >= since),
  );
}

function tenantSource({ executions }: EndpointDeps, tenant: string, state: WireState | undefined): Source {
  const filter = { tenant, status: state === undefined ? undefined : STATUS_OF[state] };
  return {
    cursor: executionCursor(filter),
    page: (request) => listExecutions(executions, filter, request),
    count: () => countExecutions(executions, filter, A2A_LIMITS.countedTasks),
  };
}

function contextSource({ executions, conversation }: EndpointDeps, tenant: string, contextId: string): Source {
  /** An execution that nobody gave a context is one of its own. */
  const alone = async (): Promise<readonly Execution[]> => {
    const found = await findExecution(executions, tenant, contextId);
    return found !== undefined && contextOf(found) === contextId ? [found] : [];
  };
  return {
    cursor: { pk: `=${contextPartition(tenant, contextId)}`, sk: "" },
    page: async (request) => {
      const { rows, next } = await listContext(conversation, { tenant, contextId }, request);
      const found = await mapConcurrent(rows, A2A_LIMITS.picturesAtOnce, (id) => findExecution(executions, tenant, id));
      const known = found.filter((execution) => execution !== undefined);
      return { rows: rows.length === 0 && request.after === undefined ? await alone() : known, next };
    },
    count: async () =>
      (await countContext(conversation, { tenant, contextId }, A2A_LIMITS.countedTasks)) || (await alone()).length,
  };
}

async function findExecution(
  store: EndpointDeps["executions"],
  tenant: string,
  id: string,
): Promise<Execution | undefined> {
  try {
    return await loadExecution(store, tenant, id);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
