import * as z from "zod";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { type SteeredSchedule, steerSchedule } from "../../../../shared/workflow/store/steer-schedule.ts";
import { pauseSchedule, resumeSchedule } from "../../../../shared/workflow/schedules/schedule.ts";
import { scheduleKey } from "../../../../shared/workflow/store/keys.ts";
import { listSchedules, loadSchedule } from "../../../../shared/workflow/store/schedule-store.ts";
import { SchedulePage, ScheduleView, viewSchedule } from "../../../../shared/workflow/views/schedules.ts";
import { param, route, type RouteRequest } from "../../route.ts";

const steered = (request: Pick<RouteRequest, "deps" | "caller" | "params">): SteeredSchedule => ({
  tenant: request.caller.tenant,
  id: param(request, "schedule_id"),
  at: request.deps.now(),
  by: request.caller.subject,
});

const list = route({
  method: "GET",
  path: "/api/v1/schedules",
  operationId: "listSchedules",
  summary: "Schedules of the newest versions of workflows, with their last and next runs",
  permission: "workflow:read",
  query: z.strictObject(PageQuery),
  reply: SchedulePage,
  status: 200,
  run: async ({ deps, caller, query: { limit, cursor } }) => {
    const shape = { pk: `=${scheduleKey(caller.tenant, "").pk}`, sk: "" };
    const { rows, next } = await listSchedules(deps.definitions, caller.tenant, { limit, after: decodeCursor(cursor, shape) });
    return { body: { schedules: rows.map(viewSchedule), next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/schedules/{schedule_id}",
  operationId: "getSchedule",
  summary: "A schedule, its last and its next runs",
  permission: "workflow:read",
  reply: ScheduleView,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const schedule = await loadSchedule(deps.definitions, caller.tenant, param(request, "schedule_id"));
    return { body: viewSchedule(schedule) };
  },
});

const pause = route({
  method: "POST",
  path: "/api/v1/schedules/{schedule_id}/pause",
  operationId: "pauseSchedule",
  summary: "Start nothing by a schedule until it is resumed; a new version of its workflow with the same schedule leaves it paused",
  permission: "workflow:control",
  body: z.strictObject({}),
  reply: ScheduleView,
  status: 200,
  refusals: [409],
  run: async (request) => ({ body: viewSchedule(await steerSchedule(request.deps.definitions, steered(request), pauseSchedule)) }),
});

const resume = route({
  method: "POST",
  path: "/api/v1/schedules/{schedule_id}/resume",
  operationId: "resumeSchedule",
  summary: "Go on with a paused schedule, from its next tick on",
  permission: "workflow:control",
  body: z.strictObject({}),
  reply: ScheduleView,
  status: 200,
  run: async (request) => ({ body: viewSchedule(await steerSchedule(request.deps.definitions, steered(request), resumeSchedule)) }),
});

/** What starts workflows when it is time. */
export const SCHEDULE_ROUTES = [list, get, pause, resume];
