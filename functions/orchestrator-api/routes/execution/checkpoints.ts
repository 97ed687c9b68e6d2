import * as z from "zod";
import { listCheckpoints } from "../../../../shared/execution/store/checkpoint-store.ts";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { CHECKPOINT_PREFIX, executionPartition } from "../../../../shared/execution/store/keys.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { CheckpointPage, viewCheckpoint } from "../../../../shared/execution/views/checkpoints.ts";
import { param, route } from "../../route.ts";

const list = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/checkpoints",
  operationId: "listCheckpoints",
  summary: "Marked states of an execution, newest first; 'after:<task>' and 'at:<time>' name any other",
  permission: "execution:read",
  query: z.strictObject(PageQuery),
  reply: CheckpointPage,
  status: 200,
  run: async (request) => {
    const { deps, caller, query } = request;
    const at = { tenant: caller.tenant, execution: param(request, "execution_id") };
    await loadExecution(deps.executions, at.tenant, at.execution);
    const after = decodeCursor(query.cursor, {
      pk: `=${executionPartition(at.tenant, at.execution)}`,
      sk: CHECKPOINT_PREFIX,
    });
    const { rows, next } = await listCheckpoints(deps.executions, at, { limit: query.limit, after });
    return { body: { checkpoints: rows.map(viewCheckpoint), next_cursor: encodeCursor(next) } };
  },
});

/** Looking at checkpoints. */
export const CHECKPOINT_ROUTES = [list];
