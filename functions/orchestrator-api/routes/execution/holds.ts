import * as z from "zod";
import { ForbiddenError } from "../../../../shared/core/errors.ts";
import { listHolds } from "../../../../shared/execution/store/hold-store.ts";
import { placeHold, releaseHold } from "../../../../shared/execution/control/release-held.ts";
import type { HoldPlace } from "../../../../shared/execution/control.ts";
import { WorkflowName } from "../../../../shared/workflow/definition/names.ts";
import { HoldList, HoldReleased, HoldView, viewHold } from "../../../../shared/execution/views/holds.ts";
import { route, type RouteRequest } from "../../route.ts";
import { Reason } from "./control.ts";

const Scope = z.enum(["global", "tenant", "workflow"]);

const Place = { scope: Scope, workflow_id: WorkflowName.optional() };

/** A workflow belongs to its scope, and to no other. */
const isPlace = ({
  scope,
  workflow_id: name,
}: {
  scope: z.output<typeof Scope>;
  workflow_id?: string | undefined;
}): boolean => (scope === "workflow") === (name !== undefined);
const PLACE_RULE = { path: ["workflow_id"], message: "goes with scope 'workflow', and with no other" };

/** A place of the caller's own tenant; what spans tenants is for administrators of the tenant that runs the deployment. */
function placeOf(
  { caller: { tenant, roles }, deps }: Pick<RouteRequest, "caller" | "deps">,
  { scope, workflow_id: workflow }: { scope: z.output<typeof Scope>; workflow_id?: string | undefined },
): HoldPlace {
  if (scope === "global" && !(roles.includes("admin") && tenant === deps.ownerTenant)) throw new ForbiddenError("system:hold");
  if (scope === "global") return { scope };
  return workflow === undefined ? { scope: "tenant", tenant } : { scope: "workflow", tenant, workflow };
}

const list = route({
  method: "GET",
  path: "/api/v1/holds",
  operationId: "listHolds",
  summary: "What is held back: everywhere, for the tenant, by workflow",
  permission: "workflow:read",
  reply: HoldList,
  status: 200,
  run: async ({ deps, caller }) => ({
    body: { holds: (await listHolds(deps.steering.control, caller.tenant)).map(viewHold) },
  }),
});

const put = route({
  method: "PUT",
  path: "/api/v1/holds",
  operationId: "placeHold",
  summary: "Hold back all dispatching of the tenant or of a workflow; everywhere, with role admin",
  permission: "workflow:admin",
  body: z.strictObject({ ...Place, reason: Reason }).refine(isPlace, PLACE_RULE),
  reply: HoldView,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const hold = await placeHold(deps.steering, placeOf({ caller, deps }, body), { by: caller.subject, reason: body.reason });
    return { body: viewHold(hold) };
  },
});

const release = route({
  method: "DELETE",
  path: "/api/v1/holds",
  operationId: "releaseHold",
  summary: "Release a hold and let go on what no other one covers",
  permission: "workflow:admin",
  query: z.strictObject(Place).refine(isPlace, PLACE_RULE),
  reply: HoldReleased,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const { wasHeld, released } = await releaseHold(deps.steering, placeOf({ caller, deps }, query));
    return { body: { was_held: wasHeld, released_tasks: released } };
  },
});

/** Holding back and releasing dispatching. */
export const HOLD_ROUTES = [list, put, release];
