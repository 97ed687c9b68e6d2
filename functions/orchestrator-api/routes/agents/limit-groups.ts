import { type LimitGroup, LimitGroupBody, LimitGroupId } from "../../../../shared/agents/limit-group.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { usedOf } from "../../../../shared/agents/registry/permit-book.ts";
import { deleteLimits, type LimitRow, listLimits, loadLimits, saveLimits } from "../../../../shared/agents/store/limit-store.ts";
import { LimitGroupList, LimitGroupView } from "../../../../shared/agents/views/limit-groups.ts";
import { ConflictError, NotFoundError } from "../../../../shared/core/errors.ts";
import { fit } from "../../../../shared/http/request.ts";
import { NO_BODY, param, route } from "../../route.ts";

const list = route({
  method: "GET",
  path: "/api/v1/limit-groups",
  operationId: "listLimitGroups",
  summary: "What groups of agents may be asked together, and what is used of it",
  permission: "agent:read",
  reply: LimitGroupList,
  status: 200,
  run: async ({ deps, caller }) => {
    const now = deps.now().getTime();
    return { body: { limit_groups: (await listLimits(deps.agents, caller.tenant)).flatMap((row) => view(row, now)) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/limit-groups/{limit_group}",
  operationId: "getLimitGroup",
  summary: "A limit group, and what is used of it",
  permission: "agent:read",
  reply: LimitGroupView,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const group = param(request, "limit_group");
    const [found] = view(await loadLimits(deps.agents, { tenant: caller.tenant, group }), deps.now().getTime());
    if (found === undefined) throw new NotFoundError("limit group", group);
    return { body: found };
  },
});

const put = route({
  method: "PUT",
  path: "/api/v1/limit-groups/{limit_group}",
  operationId: "putLimitGroup",
  summary: "Set what the agents behind one provider or account may be asked together; it takes effect within 1 s",
  permission: "agent:manage",
  body: LimitGroupBody,
  reply: LimitGroupView,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const { tenant, subject } = caller;
    const group = fit(LimitGroupId, param(request, "limit_group"), "path.limit_group");
    const known = await listLimits(deps.agents, tenant);
    if (known.length >= AGENT_LIMITS.limitGroups && !known.some((row) => row.group?.limit_group === group)) {
      throw new ConflictError(`there are ${known.length} limit groups already, the most allowed; delete one first`);
    }
    const settings: LimitGroup = { ...body, limit_group: group, updated_at: deps.now().toISOString(), updated_by: subject };
    await saveLimits(deps.agents, { tenant, group }, settings);
    const { book } = await loadLimits(deps.agents, { tenant, group });
    return { body: viewOf(settings, { book }, deps.now().getTime()) };
  },
});

const remove = route({
  method: "DELETE",
  path: "/api/v1/limit-groups/{limit_group}",
  operationId: "deleteLimitGroup",
  summary: "Delete a limit group: its agents are limited by themselves alone within 1 s",
  permission: "agent:manage",
  reply: NO_BODY,
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const group = param(request, "limit_group");
    if (!(await deleteLimits(deps.agents, { tenant: caller.tenant, group }))) throw new NotFoundError("limit group", group);
    return { body: undefined };
  },
});

const view = (row: LimitRow, now: number): LimitGroupView[] => (row.group === undefined ? [] : [viewOf(row.group, row, now)]);

function viewOf(group: LimitGroup, { book }: Pick<LimitRow, "book">, now: number): LimitGroupView {
  const { requests, tokens } = usedOf(book, now);
  const held = book.heldUntil > now ? { held_until: new Date(book.heldUntil).toISOString() } : {};
  const atWork = book.atWork.filter(([, until]) => until > now).length;
  return { ...group, requests_used: requests, tokens_used: tokens, at_work: atWork, ...held };
}

/** Limits that agents share. */
export const LIMIT_GROUP_ROUTES = [list, get, put, remove];
