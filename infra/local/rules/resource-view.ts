import type { Resource } from "../cloudformation/template.ts";
import type { Json, JsonObject } from "../json.ts";
import { isJsonObject, scalarText } from "../json.ts";

/** Where resources find each other. */
export interface Surroundings {
  /** The resource that a reference in a stack leads to. */
  follow(stack: string, reference: JsonObject): ResourceView | undefined;
  ofType(type: string): readonly ResourceView[];
}

/**
 * A resource as its template declares it. Values that only the deployment knows (parameters, addresses) are unknown here,
 * and what is unknown breaks no rule.
 */
export class ResourceView {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly #surroundings: Surroundings;

  constructor(place: { stack: string; id: string }, { Type, Properties }: Resource, surroundings: Surroundings) {
    this.stack = place.stack;
    this.id = place.id;
    this.type = Type;
    this.properties = Properties;
    this.#surroundings = surroundings;
  }

  /** The value at a path of names with dots between them; `undefined`: not there, or unknown. */
  at(path: string): Json | undefined {
    const value = this.#raw(path);
    return isReference(value) ? undefined : value;
  }

  /** Whether something stands there, be it unknown. */
  has(path: string): boolean {
    return this.#raw(path) !== undefined;
  }

  number(path: string): number | undefined {
    const value = this.at(path);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
  }

  text(path: string): string | undefined {
    return scalarText(this.at(path));
  }

  list(path: string): readonly Json[] {
    const value = this.at(path);
    return Array.isArray(value) ? value : [];
  }

  objects(path: string): readonly JsonObject[] {
    return this.list(path).filter(isJsonObject);
  }

  /** The resource that a reference at a path leads to, through stacks. */
  target(path: string): ResourceView | undefined {
    const value = this.#raw(path);
    return isReference(value) ? this.#surroundings.follow(this.stack, value) : undefined;
  }

  /** Resources of its own type and stack, itself among them. */
  get siblings(): readonly ResourceView[] {
    return this.#surroundings.ofType(this.type).filter(({ stack }) => stack === this.stack);
  }

  /** Resources of a type that name this one in a list at a path. */
  namedBy(type: string, path: string): readonly ResourceView[] {
    return this.#surroundings
      .ofType(type)
      .filter((other) => other.list(path).some((_, index) => other.target(`${path}.${index}`) === this));
  }

  #raw(path: string): Json | undefined {
    let value: Json | undefined = this.properties;
    for (const name of path.split(".")) {
      if (Array.isArray(value)) value = value[Number(name)];
      else value = isJsonObject(value) && !isReference(value) ? value[name] : undefined;
    }
    return value;
  }
}

/** Whether a value is an intrinsic function. */
export function isReference(value: Json | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const [name = "", ...more] = Object.keys(value);
  return more.length === 0 && (name === "Ref" || name.startsWith("Fn::"));
}

/** A text with a mark for each part that only the deployment knows. */
export function textWithGaps(value: Json | undefined): string | undefined {
  const text = scalarText(value);
  if (text !== undefined) return text;
  if (!isReference(value)) return undefined;
  const join: Json | undefined = value["Fn::Join"];
  if (!Array.isArray(join)) return GAP;
  const [separator, parts]: readonly Json[] = join;
  if (!Array.isArray(parts)) return GAP;
  return parts.map((part: Json) => textWithGaps(part) ?? GAP).join(scalarText(separator) ?? "");
}

const GAP = "…";
