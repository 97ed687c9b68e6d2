import * as z from "zod";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { loadTranscript } from "../../../../shared/execution/store/load-transcript.ts";
import { DispatchRef } from "../../../../shared/execution/task/dispatch-ref.ts";
import { AttemptTranscript } from "../../../../shared/execution/views/transcripts.ts";
import { param, route } from "../../route.ts";

const AttemptNumber = z.string().regex(/^[1-9]\d{0,5}$/).transform(Number);

const get = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks/{task_id}/attempts/{attempt}/transcript",
  operationId: "getTranscript",
  summary: "What was sent to the agent of an attempt and heard from it, as far as it is kept: of failed attempts always",
  permission: "execution:read",
  reply: AttemptTranscript,
  status: 200,
  run: async (request) => {
    const { deps, caller } = request;
    const [execution, task, number] = [param(request, "execution_id"), param(request, "task_id"), param(request, "attempt")];
    const ref = DispatchRef.safeParse({ tenant: caller.tenant, execution, task, attempt: AttemptNumber.safeParse(number).data });
    const record = ref.success ? await loadTask(deps.executions, ref.data) : undefined;
    if (!ref.success || record === undefined || record.attempt < ref.data.attempt) throw new NotFoundError("attempt", `${task}/${number}`);
    const found = await loadTranscript(deps.payloads, ref.data);
    return { body: { execution_id: execution, task_id: task, attempt: ref.data.attempt, ...found } };
  },
});

/** Reading what agents were told and what they said. */
export const TRANSCRIPT_ROUTES = [get];
