import type { RoutingStrategy } from "../../workflow/definition/task-definition.ts";
import { holds, type Condition } from "./condition.ts";
import { createRouter } from "./router.ts";
import type { Router, RouteRequest, Target } from "./target.ts";
import { present } from "../../core/present.ts";

/** Sends the requests that meet a condition to some targets. */
export interface RouteRule {
  readonly name: string;
  /** The highest is asked first; of equals the one listed first. */
  readonly priority: number;
  /** Absent: every request. */
  readonly condition?: Condition | undefined;
  /** Ids, in the order that `failover` goes by. */
  readonly targets: readonly string[];
  readonly strategy: RoutingStrategy;
}

/** Where a request goes, and by which rule. */
export interface Route {
  readonly rule: string;
  /** Ids; several only for `broadcast`. */
  readonly targets: readonly string[];
}

/** What came of asking the rules. */
export interface RouteDecision {
  /** Absent: no rule with a target that is there applies. */
  readonly route?: Route | undefined;
  /** Rules that were passed over because their condition could not be evaluated. */
  readonly flaws: readonly { readonly rule: string; readonly message: string }[];
}

/**
 * Routing rules, prepared for many decisions.
 *
 * A rule none of whose targets is there is passed over, as if its condition did not hold: the next one that applies
 * decides. Each rule keeps its own state, so turns and stickiness of one do not disturb another.
 */
export class RouteTable {
  readonly #rules: readonly PreparedRule[];

  constructor(rules: readonly RouteRule[]) {
    const ordered = rules.toSorted((a, b) => b.priority - a.priority);
    this.#rules = ordered.map((rule) => ({ rule, router: createRouter(rule.strategy), ids: [] }));
  }

  /** Replaces the targets that are there, whichever rules name them. */
  update(targets: readonly Target[]): void {
    const known = new Map(targets.map((target) => [target.id, target]));
    for (const prepared of this.#rules) {
      const there = prepared.rule.targets.map((id) => known.get(id)).filter((target) => target !== undefined);
      prepared.ids = there.map(({ id }) => id);
      prepared.router.update(there);
    }
  }

  /** Asks the rules, highest priority first. */
  route(request: RouteRequest): RouteDecision {
    const flaws: { rule: string; message: string }[] = [];
    for (const { rule, router, ids } of this.#rules) {
      if (ids.length === 0) continue;
      const note = ({ message }: Error): void => void flaws.push({ rule: rule.name, message });
      if (rule.condition !== undefined && !holds(rule.condition, request.scope ?? {}, note)) continue;
      const targets = router.pickAll(request).map((index) => present(ids[index]));
      return { route: { rule: rule.name, targets }, flaws };
    }
    return { flaws };
  }
}

interface PreparedRule {
  readonly rule: RouteRule;
  readonly router: Router;
  /** Ids of the rule's targets that are there, by the router's index. */
  ids: readonly string[];
}
