import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import type { PayloadRef } from "../../../../shared/execution/payload.ts";
import { findOutput } from "../../../../shared/execution/run/execution-output.ts";
import { loadPayload, type PayloadStore, presignPayload } from "../../../../shared/execution/store/payload-store.ts";
import { ExecutionOutput } from "../../../../shared/execution/views/outputs.ts";
import { type ShownPayload, viewOutput } from "../../../../shared/execution/views/payloads.ts";
import { param, route } from "../../route.ts";

/** A payload for a reply: itself, or a link when it would not fit. */
export async function showPayload(payloads: PayloadStore, ref: PayloadRef): Promise<ShownPayload> {
  if (!("key" in ref) || ref.bytes <= EXECUTION_LIMITS.messagePayloadBytes) return { value: await loadPayload(payloads, ref) };
  const url = await presignPayload(payloads, ref.key, EXECUTION_LIMITS.downloadLinkSeconds);
  return { url, bytes: ref.bytes, sha256: ref.sha256 };
}

const get = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/output",
  operationId: "getExecutionOutput",
  summary: "What a completed execution came to: the outputs that its definition declares, else those of its last tasks",
  permission: "execution:read",
  reply: ExecutionOutput,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, caller } = request;
    const { execution, isDeclared, output } = await findOutput(deps, caller.tenant, param(request, "execution_id"));
    return {
      body: {
        execution_id: execution.executionId,
        workflow_id: execution.workflowId,
        declared: isDeclared,
        ...viewOutput(await showPayload(deps.payloads, output)),
      },
    };
  },
});

/** Reading what executions came to. */
export const OUTPUT_ROUTES = [get];
