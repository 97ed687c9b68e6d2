import * as z from "zod";
import { answerTask } from "../../../../shared/execution/control/answer-task.ts";
import { AnswerTaken } from "../../../../shared/execution/views/tasks.ts";
import { param, route } from "../../route.ts";
import { said } from "./task-control.ts";

const InputRequest = z.strictObject({ input: z.unknown() }).refine(({ input }) => input !== undefined, {
  path: ["input"],
  message: "is missing",
});

const answer = route({
  ...said("input"),
  body: InputRequest,
  reply: AnswerTaken,
  status: 202,
  refusals: [409],
  run: async (request) => {
    const { deps, caller, body } = request;
    const [execution, task] = [param(request, "execution_id"), param(request, "task_id")];
    await answerTask(deps, { tenant: caller.tenant, execution, task, by: caller.subject, input: body.input });
    return { body: { task_id: task, accepted: true } };
  },
});

/** Talking to tasks under way. */
export const TASK_INPUT_ROUTES = [answer];
