import { invalid } from "../refusal.ts";
import type { Draft, Item, Value } from "../values/value.ts";
import { attributeOf, isList, isMap, setAttribute } from "../values/value.ts";
import type { Path, Step } from "./path.ts";

type Container = Draft | Value[];

/** An item that is being changed. The former one stays as it is: what is changed is copied first, and once. */
export class ItemDraft {
  readonly #item: Draft;
  readonly #copies = new Set<object>();

  constructor(item: Item) {
    this.#item = { ...item };
    this.#copies.add(this.#item);
  }

  get item(): Item {
    return this.#item;
  }

  /** An index beyond the end of a list appends. @throws {DynamoRefusal} the path leads nowhere. */
  set(path: Path, value: Value): void {
    const container = this.#containerOf(path);
    const last = path.at(-1);
    if (Array.isArray(container) && typeof last === "number") container[Math.min(last, container.length)] = value;
    else if (!Array.isArray(container) && typeof last === "string") setAttribute(container, last, value);
    else throw badPath();
  }

  /** What is not there is removed already. @throws {DynamoRefusal} the path leads nowhere. */
  remove(path: Path): void {
    const container = this.#containerOf(path);
    const last = path.at(-1);
    if (Array.isArray(container) && typeof last === "number") container.splice(last, 1);
    else if (!Array.isArray(container) && typeof last === "string") delete container[last];
    else throw badPath();
  }

  /** The map or list that holds the end of a path, ready to be changed. */
  #containerOf(path: Path): Container {
    let container: Container = this.#item;
    for (const step of path.slice(0, -1)) container = this.#own(container, step);
    return container;
  }

  #own(container: Container, step: Step): Container {
    const child = childOf(container, step);
    if (this.#isCopy(child)) return child;
    const copy = copyOf(child);
    this.#copies.add(copy);
    if (Array.isArray(container) && typeof step === "number") container[step] = copy;
    else if (!Array.isArray(container) && typeof step === "string") setAttribute(container, step, copy);
    return copy;
  }

  #isCopy(child: Value | undefined): child is Container {
    return (isList(child) || isMap(child)) && this.#copies.has(child);
  }
}

function childOf(container: Container, step: Step): Value | undefined {
  if (Array.isArray(container)) return typeof step === "number" ? container[step] : undefined;
  return typeof step === "string" ? attributeOf(container, step) : undefined;
}

function copyOf(value: Value | undefined): Container {
  if (isList(value)) return [...value];
  if (isMap(value)) return { ...value };
  throw badPath();
}

const badPath = (): Error => invalid("The document path provided in the update expression is invalid for update");
