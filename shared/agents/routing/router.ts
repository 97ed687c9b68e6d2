import type { RoutingStrategy } from "../../workflow/definition/task-definition.ts";
import { ContentBased, type ContentRule } from "./content-router.ts";
import { Affinity, ConsistentHashing, type AffinityOptions, type RingOptions } from "./key-routers.ts";
import { LeastLoaded, PriorityBased, WeightedRandom } from "./load-routers.ts";
import type { Router, RouteRequest, Target } from "./target.ts";
import { Broadcast, Failover, ResourceAwareRoundRobin, RoundRobin } from "./turn-routers.ts";

/** What strategies can be told; each reads its own. */
export interface RouterOptions extends RingOptions, AffinityOptions {
  /** Of `content_based`. @default - by labels */
  readonly rules?: readonly ContentRule[] | undefined;
  /** Health from which `failover` uses a target. @default 0.7 */
  readonly healthFloor?: number | undefined;
}

/** A router without targets; `update` gives it some. */
export function createRouter(strategy: RoutingStrategy, options: RouterOptions = {}): Router {
  switch (strategy) {
    case "resource_aware_round_robin":
      return new ResourceAwareRoundRobin();
    case "round_robin":
      return new RoundRobin();
    case "least_loaded":
      return new LeastLoaded();
    case "weighted_random":
      return new WeightedRandom();
    case "content_based":
      return new ContentBased(options.rules);
    case "priority_based":
      return new PriorityBased();
    case "affinity":
      return new Affinity(options);
    case "broadcast":
      return new Broadcast();
    case "failover":
      return new Failover(options.healthFloor);
    case "consistent_hashing":
      return new ConsistentHashing(options);
    default:
      return strategy satisfies never;
  }
}

/** One decision without keeping a router: for targets that change with every request. */
export function pickTarget(
  strategy: RoutingStrategy,
  targets: readonly Target[],
  request: RouteRequest,
): Target | undefined {
  const router = createRouter(strategy);
  router.update(targets);
  const picked = router.pick(request);
  return picked === undefined ? undefined : targets[picked];
}
