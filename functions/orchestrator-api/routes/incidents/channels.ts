import * as z from "zod";
import { flawOfUrl } from "../../../../shared/a2a/url-guard.ts";
import { ConflictError } from "../../../../shared/core/errors.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { type Channel, ChannelBody, channelOf } from "../../../../shared/incidents/channel.ts";
import { EscalationRules } from "../../../../shared/incidents/escalation.ts";
import { CHANNEL_LIMITS } from "../../../../shared/incidents/limits.ts";
import type { NoticeOrder } from "../../../../shared/incidents/messages.ts";
import { isOver, newNotice, type Notice, TEST_EVENT } from "../../../../shared/incidents/notice.ts";
import { deleteChannel, findNotice, listChannels, listNotices, loadChannel, loadEscalation, saveChannel, saveEscalation, saveNotice } from "../../../../shared/incidents/store/channel-store.ts";
import { noticesOfChannel } from "../../../../shared/incidents/store/keys.ts";
import { ChannelDeleted, ChannelList, ChannelView, EscalationRulesView, NoticePage, NoticeView } from "../../../../shared/incidents/views/channels.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";

type Place = Pick<RouteRequest, "deps" | "caller">;

function checked({ deps, caller }: Place, body: ChannelBody, stamp: Parameters<typeof channelOf>[1]): Channel {
  return channelOf(body, stamp, { tenant: caller.tenant, refuseUrl: (url) => flawOfUrl(url, deps.hooks.hosts) });
}

/** Who changed what: for those who read logs. */
function log({ logger }: ApiDeps, event: string, { caller, channel }: { caller: RouteRequest["caller"]; channel: Pick<Channel, "channel_id" | "name"> }): void {
  logger.info(event, { tenant: caller.tenant, user_id: caller.subject, channel_id: channel.channel_id, channel_name: channel.name });
}

const create = route({
  method: "POST",
  path: "/api/v1/channels",
  operationId: "createChannel",
  summary: "Have incidents told: by webhook, to Slack or to PagerDuty",
  permission: "incident:manage",
  body: ChannelBody,
  reply: ChannelView,
  status: 201,
  refusals: [409],
  run: async ({ deps, caller, body }) => {
    const stamp = { at: deps.now().toISOString(), by: caller.subject };
    const channel = checked({ deps, caller }, body, {
      channel_id: deps.newId("chan"),
      created_at: stamp.at,
      created_by: stamp.by,
      updated_at: stamp.at,
      updated_by: stamp.by,
    });
    const { length } = await listChannels(deps.definitions, caller.tenant);
    if (length >= CHANNEL_LIMITS.perTenant) throw new ConflictError(`there are ${length} channels already, the most allowed; delete one first`);
    await saveChannel(deps.definitions, caller.tenant, channel);
    log(deps, "channel.created", { caller, channel });
    return { body: channel, headers: { location: `/api/v1/channels/${channel.channel_id}` } };
  },
});

const list = route({
  method: "GET",
  path: "/api/v1/channels",
  operationId: "listChannels",
  summary: "Channels that are told of incidents",
  permission: "incident:read",
  reply: ChannelList,
  status: 200,
  run: async ({ deps, caller }) => ({ body: { channels: [...(await listChannels(deps.definitions, caller.tenant))] } }),
});

const get = route({
  method: "GET",
  path: "/api/v1/channels/{channel_id}",
  operationId: "getChannel",
  summary: "A channel, and why it was switched off if it was",
  permission: "incident:read",
  reply: ChannelView,
  status: 200,
  run: async ({ deps, caller, ...request }) => ({ body: await loadChannel(deps.definitions, caller.tenant, param(request, "channel_id")) }),
});

const replace = route({
  method: "PUT",
  path: "/api/v1/channels/{channel_id}",
  operationId: "replaceChannel",
  summary: "Say anew what a channel is, and switch it on again",
  permission: "incident:manage",
  body: ChannelBody,
  reply: ChannelView,
  status: 200,
  run: async ({ deps, caller, body, ...request }) => {
    const { channel_id, created_at, created_by } = await loadChannel(deps.definitions, caller.tenant, param(request, "channel_id"));
    const stamp = { channel_id, created_at, created_by, updated_at: deps.now().toISOString(), updated_by: caller.subject };
    const channel = checked({ deps, caller }, body, stamp);
    await saveChannel(deps.definitions, caller.tenant, channel);
    log(deps, "channel.updated", { caller, channel });
    return { body: channel };
  },
});

const remove = route({
  method: "DELETE",
  path: "/api/v1/channels/{channel_id}",
  operationId: "deleteChannel",
  summary: "Delete a channel; what it is yet to be told it is not told",
  permission: "incident:manage",
  reply: ChannelDeleted,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const channel = await loadChannel(deps.definitions, caller.tenant, param(request, "channel_id"));
    await deleteChannel(deps.definitions, caller.tenant, channel.channel_id);
    log(deps, "channel.deleted", { caller, channel });
    return { body: { channel_id: channel.channel_id, status: "deleted" as const } };
  },
});

const test = route({
  method: "POST",
  path: "/api/v1/channels/{channel_id}/test",
  operationId: "testChannel",
  summary: "Tell a channel that it is being tried, on or off; 202 when that takes longer than 15 s, or is to be tried again",
  permission: "incident:manage",
  body: z.strictObject({}),
  reply: NoticeView,
  status: 200,
  otherStatus: 202,
  run: async ({ deps, caller, ...request }) => {
    const { tenant } = caller;
    const { channel_id: channel } = await loadChannel(deps.definitions, tenant, param(request, "channel_id"));
    const order: NoticeOrder = { kind: "notice", tenant, incident: deps.newId("test"), revision: 1, channel };
    const notice = newNotice(order, { event: TEST_EVENT, at: deps.now().toISOString() });
    await saveNotice(deps.definitions, tenant, notice);
    await deps.notifications([order]);
    const after = await follow(deps, order, notice);
    return { body: after, status: isOver(after) ? 200 : 202 };
  },
});

/** The notice once it was tried, or as it stands when the caller has been kept waiting long enough. */
async function follow(deps: ApiDeps, order: NoticeOrder, notice: Notice): Promise<Notice> {
  const until = deps.now().getTime() + CHANNEL_LIMITS.patienceMs;
  for (;;) {
    const seen = (await findNotice(deps.definitions, order.tenant, order)) ?? notice;
    if (isOver(seen) || seen.reason !== undefined || deps.now().getTime() >= until) return seen;
    await deps.sleep(CHANNEL_LIMITS.lookMs);
  }
}

const notices = route({
  method: "GET",
  path: "/api/v1/channels/{channel_id}/notices",
  operationId: "listNotices",
  summary: "What a channel was told in the last 30 days, the newest first, and what came of it",
  permission: "incident:read",
  query: z.strictObject(PageQuery),
  reply: NoticePage,
  status: 200,
  run: async ({ deps, caller, query: { limit, cursor }, ...request }) => {
    const { tenant } = caller;
    const { channel_id: channel } = await loadChannel(deps.definitions, tenant, param(request, "channel_id"));
    const shape = { byTenant: `=${noticesOfChannel(tenant, channel)}`, name: "", pk: `T#${tenant}#INC#`, sk: "SENT#" };
    const { rows, next } = await listNotices(deps.definitions, { tenant, channel }, { limit, after: decodeCursor(cursor, shape) });
    return { body: { notices: [...rows], next_cursor: encodeCursor(next) } };
  },
});

const getEscalation = route({
  method: "GET",
  path: "/api/v1/escalation-rules",
  operationId: "getEscalationRules",
  summary: "The rules by which incidents escalate that nobody takes",
  permission: "incident:read",
  reply: EscalationRulesView,
  status: 200,
  run: async ({ deps, caller }) => ({ body: await loadEscalation(deps.definitions, caller.tenant) }),
});

const putEscalation = route({
  method: "PUT",
  path: "/api/v1/escalation-rules",
  operationId: "putEscalationRules",
  summary: "Say by which rules incidents escalate (spec 000): condition, after how long, and which groups of channels hear of it",
  permission: "incident:manage",
  body: EscalationRules,
  reply: EscalationRulesView,
  status: 200,
  run: async ({ deps, caller, body }) => {
    await saveEscalation(deps.definitions, caller.tenant, body);
    deps.logger.info("escalation.updated", { tenant: caller.tenant, user_id: caller.subject, rules: body.rules.length });
    return { body };
  },
});

/** Who is told of incidents, and when it is told to others. */
export const CHANNEL_ROUTES = [create, list, get, replace, remove, test, notices, getEscalation, putEscalation];
