import { ROUTING } from "../limits.ts";
import { holds, type Condition } from "./condition.ts";
import { onlyPicked, type Router, type RouteRequest, type Target } from "./target.ts";
import { present } from "../../core/present.ts";

/** Requests that meet the condition go to these targets, in turn. */
export interface ContentRule {
  readonly condition: Condition;
  /** Ids. Those that are not among the router's targets are passed over. */
  readonly targets: readonly string[];
}

/**
 * By what the request says. The first rule whose condition holds, and of whose targets one is there, decides. A
 * condition that cannot be evaluated does not hold.
 *
 * Without rules, targets are compared with the texts in `payload`: the ones with most of them among their labels are
 * meant. When nothing fits, all targets take turns.
 */
export class ContentBased implements Router {
  readonly #rules: readonly ContentRule[];
  #choices: readonly { readonly condition: Condition; readonly choice: readonly number[] }[] = [];
  #byLabel = new Map<string, number[]>();
  /** What sets of labels come to: payloads differ, their labels repeat. */
  readonly #known = new Map<string, readonly number[]>();
  #all: readonly number[] = [];

  constructor(rules: readonly ContentRule[] = []) {
    this.#rules = rules;
  }

  update(targets: readonly Target[]): void {
    const indices = new Map(targets.map(({ id }, index) => [id, index]));
    this.#choices = this.#rules.map(({ condition, targets: ids }) => ({
      condition,
      choice: ids.map((id) => indices.get(id)).filter((index) => index !== undefined),
    }));
    this.#all = [...targets.keys()];
    this.#byLabel = new Map();
    this.#known.clear();
    for (const [index, { labels = [] }] of targets.entries()) {
      for (const label of new Set(labels)) {
        const carriers = this.#byLabel.get(label);
        if (carriers === undefined) this.#byLabel.set(label, [index]);
        else carriers.push(index);
      }
    }
  }

  pick(request: RouteRequest): number | undefined {
    const meant = this.#meant(request);
    return meant[request.turn % meant.length];
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }

  #meant({ scope = {} }: RouteRequest): readonly number[] {
    if (this.#rules.length === 0) return this.#labelled(scope["payload"]);
    for (const { condition, choice } of this.#choices) {
      if (choice.length > 0 && holds(condition, scope)) return choice;
    }
    return this.#all;
  }

  /** Targets that carry most of the payload's texts. */
  #labelled(payload: unknown): readonly number[] {
    const labels = textsOf(payload).filter((text) => this.#byLabel.has(text));
    const [only] = labels;
    if (only === undefined) return this.#all;
    if (labels.length === 1) return this.#carriersOf(only);
    const key = JSON.stringify(labels);
    const known = this.#known.get(key) ?? this.#carriersOfMost(labels);
    if (this.#known.size >= ROUTING.knownLabelSets) this.#known.clear();
    this.#known.set(key, known);
    return known;
  }

  #carriersOf(label: string): readonly number[] {
    return present(this.#byLabel.get(label));
  }

  #carriersOfMost(labels: readonly string[]): readonly number[] {
    const hits = new Uint32Array(this.#all.length);
    for (const label of labels) for (const index of this.#carriersOf(label)) hits[index] = present(hits[index]) + 1;
    const most = hits.reduce((best, count) => Math.max(best, count), 0);
    return this.#all.filter((index) => hits[index] === most);
  }
}

function textsOf(payload: unknown): string[] {
  if (typeof payload === "string") return [payload];
  if (payload === null || typeof payload !== "object") return [];
  return [...new Set(Object.values(payload).filter((value) => typeof value === "string"))];
}
