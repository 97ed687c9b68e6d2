import * as z from "zod";
import { EXPRESSION_LIMITS } from "../../../../shared/expression/limits.ts";
import { ExpressionTrial, tryExpression } from "../../../../shared/expression/try-expression.ts";
import { PlanPreview, viewPreview } from "../../../../shared/workflow/views/workflows.ts";
import { route } from "../../route.ts";
import { askPlanner } from "./ask-planner.ts";
import { DEFINITION_TYPES, sourceOf } from "./definition-source.ts";

const preview = route({
  method: "POST",
  path: "/api/v1/workflows/plan",
  operationId: "planWorkflow",
  summary: "How an unsaved definition would run, or its flaws: nothing is kept",
  permission: "workflow:read",
  textBody: DEFINITION_TYPES,
  reply: PlanPreview,
  status: 200,
  run: async (request) => {
    const { deps, caller } = request;
    const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "preview" as const, source: await sourceOf(request) };
    const answer = await askPlanner(deps, plan);
    if (answer.outcome === "conflict") throw new Error("a preview conflicts with nothing");
    return { body: viewPreview(answer) };
  },
});

const ExpressionRequest = z.strictObject({
  expression: z.string().min(1).max(EXPRESSION_LIMITS.expressionCharacters),
  /** Values by variable, such as `input`, `outputs`, `tasks`, `item`, `event` or `payload`. */
  example: z.record(z.string().regex(/^[A-Za-z]\w{0,63}$/), z.json()).default({}),
});

const trial = route({
  method: "POST",
  path: "/api/v1/expressions/try",
  operationId: "tryExpression",
  summary: "What an expression gives for example data, or what is wrong with it and where",
  permission: "workflow:read",
  body: ExpressionRequest,
  reply: ExpressionTrial,
  status: 200,
  run: async ({ body: { expression, example } }) => ({ body: tryExpression(expression, example) }),
});

/** What an author asks while writing. They stand before `/workflows/{workflow_id}`. */
export const DRAFT_ROUTES = [preview, trial];
