import * as z from "zod";
import { type Figures, figuresIn } from "../figures.ts";
import type { Tally } from "../tally.ts";
import { WindowLevel } from "../windows.ts";

/** What trends can be asked for; all of it unless some are named. */
export const TrendMetric = z.enum(["workflow_volume", "performance_trends", "cost_analysis", "usage_trends", "attempt_trends"]);
export type TrendMetric = z.infer<typeof TrendMetric>;

const timestamp = z.iso.datetime();
/** Null where nothing happened that it could be made of. */
const Figure = z.number().nullable();
/** A price such as `$0.19`; null where no cost is known. */
const Price = z.string().nullable();

const Volume = z
  .object({
    timestamp,
    total_workflows: z.int(),
    successful_workflows: z.int(),
    failed_workflows: z.int(),
    cancelled_workflows: z.int(),
    sla_violations: z.int(),
  })
  .meta({ id: "WorkflowVolume" });

/** Times in seconds; throughput in executions that ended per minute. */
const Performance = z
  .object({ timestamp, avg_execution_time: Figure, p95_execution_time: Figure, throughput: z.number() })
  .meta({ id: "PerformanceTrend" });

/** `resource_efficiency`: share of attempts that led to a result. */
const Cost = z
  .object({ timestamp, total_cost: Price, cost_per_workflow: Price, tokens: z.int(), resource_efficiency: Figure })
  .meta({ id: "CostAnalysis" });

/** Sums of what agents report; null where none did. */
const Used = z
  .object({
    timestamp,
    records: Figure,
    records_per_second: Figure,
    cpu_seconds: Figure,
    memory_bytes: Figure,
    network_bytes: Figure,
    storage_bytes: Figure,
  })
  .meta({ id: "UsageTrend" });

/** Tasks that ended, and the attempts that it took. */
const Attempts = z
  .object({
    timestamp,
    tasks: z.int(),
    attempts: z.int(),
    avg_response_time_ms: Figure,
    p95_response_time_ms: Figure,
    success_rate: Figure,
  })
  .meta({ id: "AttemptTrend" });

/** How figures went over a period (spec 000); every window of it is there, with zeros where nothing ended. */
export const Trends = z
  .object({
    time_period: z.string(),
    /** Length of a window. */
    level: WindowLevel,
    metrics: z.object({
      workflow_volume: z.array(Volume).optional(),
      performance_trends: z.array(Performance).optional(),
      cost_analysis: z.array(Cost).optional(),
      usage_trends: z.array(Used).optional(),
      attempt_trends: z.array(Attempts).optional(),
    }),
  })
  .meta({ id: "Trends" });
export type Trends = z.infer<typeof Trends>;

/** One window as it is shown. */
interface Point {
  readonly timestamp: string;
  readonly figures: Figures;
  readonly minutes: number;
}

const viewVolume = ({ timestamp, figures }: Point): z.infer<typeof Volume> => ({
  timestamp,
  total_workflows: figures.ended,
  successful_workflows: figures.completed,
  failed_workflows: figures.failed,
  cancelled_workflows: figures.cancelled,
  sla_violations: figures.violations,
});

const viewPerformance = ({ timestamp, figures, minutes }: Point): z.infer<typeof Performance> => ({
  timestamp,
  avg_execution_time: figures.meanSeconds ?? null,
  p95_execution_time: figures.p95Seconds ?? null,
  throughput: figures.ended / minutes,
});

const viewCost = ({ timestamp, figures }: Point): z.infer<typeof Cost> => ({
  timestamp,
  total_cost: priceOf(figures.cost),
  cost_per_workflow: priceOf(figures.costPerRun),
  tokens: figures.tokens,
  resource_efficiency: figures.efficiency ?? null,
});

const viewUsed = ({ timestamp, figures, minutes }: Point): z.infer<typeof Used> => ({
  timestamp,
  records: figures.records ?? null,
  records_per_second: figures.records === undefined ? null : figures.records / (minutes * 60),
  cpu_seconds: figures.cpuSeconds ?? null,
  memory_bytes: figures.memoryBytes ?? null,
  network_bytes: figures.networkBytes ?? null,
  storage_bytes: figures.storageBytes ?? null,
});

const viewAttempts = ({ timestamp, figures }: Point): z.infer<typeof Attempts> => ({
  timestamp,
  tasks: figures.tasks,
  attempts: figures.attempts,
  avg_response_time_ms: figures.attemptMeanMs ?? null,
  p95_response_time_ms: figures.attemptP95Ms ?? null,
  success_rate: figures.efficiency ?? null,
});

const priceOf = (cost: number | undefined): string | null => (cost === undefined ? null : `$${cost.toFixed(2)}`);

/** What is shown of a stretch of windows. */
export interface TrendRequest {
  readonly period: string;
  readonly level: WindowLevel;
  readonly minutes: number;
  /** Beginnings of the windows, oldest first. */
  readonly windows: readonly string[];
  readonly metrics: readonly TrendMetric[];
}

/** Trends as the API prints them. */
export function viewTrends({ period, level, minutes, windows, metrics }: TrendRequest, tallies: ReadonlyMap<string, Tally>): Trends {
  const points = windows.map((timestamp): Point => ({ timestamp, figures: figuresIn(tallies.get(timestamp) ?? {}), minutes }));
  const isAsked = new Set(metrics);
  const shown = <Shown>(metric: TrendMetric, view: (point: Point) => Shown) => (isAsked.has(metric) ? { [metric]: points.map(view) } : {});
  return {
    time_period: period,
    level,
    metrics: {
      ...shown("workflow_volume", viewVolume),
      ...shown("performance_trends", viewPerformance),
      ...shown("cost_analysis", viewCost),
      ...shown("usage_trends", viewUsed),
      ...shown("attempt_trends", viewAttempts),
    },
  };
}
