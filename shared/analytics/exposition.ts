import { countUpTo, endsIn, type Figures } from "./figures.ts";
import { TASK_COUNT_BOUNDS, type Tally } from "./tally.ts";

/** Bounds of durations in seconds (spec 004 §8.2). */
const DURATION_BOUNDS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600] as const;

/** What a tenant's metrics are made of. */
export interface MetricsSource {
  /** What ended ever, by pattern. */
  readonly counters: ReadonlyMap<string, Tally>;
  readonly lastHour: Figures;
  readonly running: number;
  readonly queued: number;
}

/**
 * A tenant's executions in the Prometheus text format, by the names of spec 004 §8.2 and 000. Counters and histograms
 * cover every execution that ended and never fall; a metric without a value is left out.
 */
export function executionMetrics({ counters, lastHour, running, queued }: MetricsSource): string[] {
  const patterns = [...counters].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...family("workflow_executions_total", "counter", "Executions that ended, by pattern and status.", patterns.flatMap(([pattern, tally]) => byStatus(pattern, tally))),
    ...family("pattern_executions_total", "counter", "Executions that ended, by pattern.", patterns.map(([pattern, tally]) => sample(endsIn(tally), { pattern_type: pattern }))),
    ...family("workflow_execution_duration_seconds", "histogram", "Durations of executions that completed or failed; a bucket is off by 5 % of its bound at most.", patterns.flatMap(([pattern, tally]) => durations(pattern, tally))),
    ...family("workflow_task_count", "histogram", "Tasks of the executions that ended.", patterns.flatMap(([pattern, tally]) => taskCounts(pattern, tally))),
    ...family("workflow_active_count", "gauge", "Executions under way.", [sample(running)]),
    ...family("workflow_queue_depth", "gauge", "Executions that wait for a slot.", [sample(queued)]),
    ...family("workflow_completion_rate", "gauge", "Percentage of executions that completed, of those that ended within the last hour.", percentage(lastHour.completed, lastHour.ended)),
    ...family("workflow_success_rate", "gauge", "Percentage of executions that completed, of those that completed or failed within the last hour.", percentage(lastHour.completed, lastHour.completed + lastHour.failed)),
    ...family("sla_compliance_rate", "gauge", "Percentage of executions without a violation of their service level, of those that ended within the last hour.", percentage(lastHour.ended - lastHour.violations, lastHour.ended)),
  ];
}

type Labels = Readonly<Record<string, string>>;

/** A value of a metric; `suffix` tells the parts of a histogram. */
interface Sample {
  readonly value: number;
  readonly labels: Labels;
  readonly suffix: string;
}

const sample = (value: number, labels: Labels = {}, suffix = ""): Sample => ({ value, labels, suffix });

function family(name: string, type: "counter" | "gauge" | "histogram", help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const lines = samples.map(({ value, labels, suffix }) => `${name}${suffix}${labelsOf(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function labelsOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escape = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const byStatus = (pattern: string, tally: Tally): Sample[] =>
  (["completed", "failed", "cancelled"] as const).map((status) => sample(tally[STATUS[status]] ?? 0, { pattern, status }));

const STATUS = { completed: "n", failed: "f", cancelled: "c" } as const;

function durations(pattern: string, tally: Tally): Sample[] {
  const total = (tally["n"] ?? 0) + (tally["f"] ?? 0);
  const buckets = DURATION_BOUNDS.map((bound) => sample(countUpTo(tally, "e", bound), { pattern, le: String(bound) }, "_bucket"));
  return [...buckets, ...ends({ pattern }, total, (tally["s"] ?? 0) / 1000)];
}

function taskCounts(pattern: string, tally: Tally): Sample[] {
  let below = 0;
  const buckets = TASK_COUNT_BOUNDS.map((bound, index) => {
    below += tally[`w${index}`] ?? 0;
    return sample(below, { pattern, le: String(bound) }, "_bucket");
  });
  return [...buckets, ...ends({ pattern }, endsIn(tally), tally["j"] ?? 0)];
}

const ends = (labels: Labels, count: number, sum: number): Sample[] => [
  sample(count, { ...labels, le: "+Inf" }, "_bucket"),
  sample(sum, labels, "_sum"),
  sample(count, labels, "_count"),
];

const percentage = (part: number, whole: number): Sample[] => (whole === 0 ? [] : [sample((part / whole) * 100)]);
