import { ROUTING } from "../limits.ts";
import type { Priority } from "../../workflow/definition/task-definition.ts";

/** One of the agents a request may go to. */
export interface Target {
  readonly id: string;
  /** 0 (idle) to 1 (full): `loadFactor`. */
  readonly load: number;
  /** 0 to 1. */
  readonly health: number;
  /** Tasks that it may have at once. */
  readonly capacity: number;
  /** Tasks that it has. @default 0 */
  readonly inFlight?: number | undefined;
  /** Capabilities and tags, which `content_based` compares with the request. */
  readonly labels?: readonly string[] | undefined;
}

/** What a decision may depend on. */
export interface RouteRequest {
  /** Counts requests: any whole number from 0. Turns one apart go to neighbours. */
  readonly turn: number;
  /** A random number of [0, 1). */
  readonly random: number;
  /** What `affinity` and `consistent_hashing` keep together. @default - the turn */
  readonly key?: string | undefined;
  /** @default "medium" */
  readonly priority?: Priority | undefined;
  /** Variables of conditions; the content is `payload`. */
  readonly scope?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Picks targets by one strategy. `update` prepares everything that depends on the targets alone, so that a decision
 * takes less than a microsecond whatever their number (`test/bench/routing.bench.ts`).
 */
export interface Router {
  /** Replaces the targets. Ids must differ. */
  update(targets: readonly Target[]): void;
  /** The index of the chosen target. @returns nothing when there are no targets. */
  pick(request: RouteRequest): number | undefined;
  /** Every target the request goes to: all for `broadcast`, else the picked one. */
  pickAll(request: RouteRequest): readonly number[];
}

/** What an agent reports of its load. */
export interface LoadFigures {
  /** Tasks waiting at the agent. */
  readonly queueSize?: number | undefined;
  readonly processingMs?: number | undefined;
  /** 0 to 1. */
  readonly errorRate?: number | undefined;
  readonly inFlight?: number | undefined;
  /** Tasks that it may have at once. */
  readonly capacity?: number | undefined;
}

/**
 * How busy an agent is, from 0 (idle) to 1: queue, processing time, error rate and used capacity, weighted as
 * `ROUTING.load` says. None of the four ever lowers it by rising.
 *
 * A queue as long as the capacity, and tasks of two seconds, count half of their weight; twice that, two thirds.
 */
export function loadFactor(figures: LoadFigures): number {
  const capacity = Math.max(1, figures.capacity ?? ROUTING.defaultCapacity);
  const queue = saturated((figures.queueSize ?? 0) / capacity);
  const processing = saturated((figures.processingMs ?? 0) / ROUTING.slowMs);
  const used = Math.min(1, (figures.inFlight ?? 0) / capacity);
  const { load } = ROUTING;
  return (
    load.queue * queue + load.processing * processing + load.errors * (figures.errorRate ?? 0) + load.capacity * used
  );
}

/** The picked target as a list. */
export const onlyPicked = (index: number | undefined): readonly number[] => (index === undefined ? [] : [index]);

/** Rises from 0 towards 1, which it never reaches. */
const saturated = (ratio: number): number => ratio / (1 + ratio);
