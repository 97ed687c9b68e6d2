import * as z from "zod";
import { ANALYTICS_LIMITS } from "../../../../shared/analytics/limits.ts";
import { type Series, WHOLE } from "../../../../shared/analytics/series.ts";
import type { MetricsSource } from "../../../../shared/analytics/exposition.ts";
import { figuresIn } from "../../../../shared/analytics/figures.ts";
import { loadCounters } from "../../../../shared/analytics/store/aggregate-store.ts";
import { addTallies } from "../../../../shared/analytics/tally.ts";
import { readSeries } from "../../../../shared/analytics/store/read-series.ts";
import { TrendMetric, Trends, viewTrends } from "../../../../shared/analytics/views/trends.ts";
import { type Period, periodOf, PERIODS, WINDOW_MS, WindowLevel, windowOf, windowsBetween } from "../../../../shared/analytics/windows.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { workflowCapacity } from "../execution/queue-view.ts";
import { type ApiDeps, route } from "../../route.ts";

const Named = z.string().min(1).max(128);

const Metrics = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(TrendMetric).min(1));

const TrendQuery = z.strictObject({
  period: z.string().max(80).default("last_24_hours"),
  metrics: Metrics.optional(),
  workflow_id: Named.optional(),
  version: Named.optional(),
  agent_id: Named.optional(),
  pattern: Named.optional(),
  level: WindowLevel.optional(),
});
type TrendQuery = z.output<typeof TrendQuery>;

/** Where the windows of figures lie. */
export const aggregatesOf = ({ definitions: { db, table } }: Pick<ApiDeps, "definitions">) => ({ db, table });

const trends = route({
  method: "GET",
  path: "/api/v1/analytics/trends",
  operationId: "getTrends",
  summary: "Volume, durations, cost and attempts over a period, of all executions that ended or of one workflow, version, agent or pattern",
  permission: "analytics:read",
  query: TrendQuery,
  reply: Trends,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const now = deps.now().getTime();
    const series = seriesOf(query);
    const { from, to, level } = stretchOf(query, series, now);
    const windows = windowsBetween(level, from, to);
    const tallies = await readSeries(
      aggregatesOf(deps),
      { tenant: caller.tenant, series, level, from: windows[0] ?? "", to: windows.at(-1) ?? "" },
      now,
    );
    const request = {
      period: query.period,
      level,
      minutes: WINDOW_MS[level] / 60_000,
      windows,
      metrics: query.metrics ?? TrendMetric.options,
    };
    return { body: viewTrends(request, tallies) };
  },
});

/** @throws {InvalidRequestError} more than one thing is asked about, or a version without its workflow. */
function seriesOf({ workflow_id: workflow, version, agent_id: agent, pattern }: TrendQuery): Series {
  if (version !== undefined && workflow === undefined) throw refused("version", "needs workflow_id beside it");
  const asked: Series[] = [
    ...(workflow === undefined ? [] : [version === undefined ? ofKind("workflow", workflow) : ofKind("version", `${workflow}#${version}`)]),
    ...(agent === undefined ? [] : [ofKind("agent", agent)]),
    ...(pattern === undefined ? [] : [ofKind("pattern", pattern)]),
  ];
  if (asked.length > 1) throw refused("workflow_id", "cannot be combined with agent_id or pattern: figures are kept for one of them at a time");
  return asked[0] ?? WHOLE;
}

const ofKind = (kind: Series["kind"], value: string): Series => ({ kind, value });

/** @throws {InvalidRequestError} no period, windows that are not kept, or more of them than one answer holds. */
function stretchOf({ period, level: asked }: TrendQuery, series: Series, now: number): Period {
  const found = periodOf(period, now);
  if (found === undefined) {
    throw refused("period", `'${period}' is none: give ${PERIODS.join(", ")}, or <from>/<to> as ISO 8601 with an offset`);
  }
  // Minutes are counted for the tenant only.
  const shown = found.level === "1m" && series.kind !== "tenant" ? "5m" : found.level;
  const level = asked ?? shown;
  if (level === "1m" && series.kind !== "tenant") throw refused("level", "1m is kept for all executions together only; ask for 5m");
  const points = windowsBetween(level, found.from, found.to).length;
  if (points > ANALYTICS_LIMITS.points) {
    throw refused("level", `${level} makes ${points} windows of this period, more than ${ANALYTICS_LIMITS.points}; ask for a longer one`);
  }
  return { ...found, level };
}

const refused = (field: string, message: string): InvalidRequestError =>
  new InvalidRequestError([{ field: `query.${field}`, message }]);

/** What a tenant's metrics are made of. */
export async function metricsSource(deps: ApiDeps, tenant: string): Promise<MetricsSource> {
  const store = aggregatesOf(deps);
  const now = deps.now().getTime();
  const hour = { tenant, series: WHOLE, level: "5m", from: windowOf("5m", now - WINDOW_MS["1h"]), to: windowOf("5m", now) } as const;
  const [counters, windows, capacity] = await Promise.all([loadCounters(store, tenant), readSeries(store, hour, now), workflowCapacity(deps, tenant)]);
  return { counters, lastHour: figuresIn(addTallies([...windows.values()])), running: capacity.running, queued: capacity.waiting };
}

/** Figures of what ended. */
export const ANALYTICS_ROUTES = [trends];
