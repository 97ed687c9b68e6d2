import { scalarText } from "../json.ts";
import type { ResourceView } from "./resource-view.ts";

/** Something that a service of AWS documents it refuses, in a resource of one type. */
export interface ServiceRule {
  readonly id: string;
  readonly type: string;
  /** The rule as its reader has to keep it. */
  readonly says: string;
  /** Page below https://docs.aws.amazon.com/. */
  readonly source: string;
  readonly isBroken: (resource: ResourceView) => boolean;
}

/** A rule that a resource breaks. */
export interface Fault {
  /** Stack and resource, with a slash between them. */
  readonly place: string;
  readonly rule: string;
  readonly says: string;
}

/** Rules about one property of one type of resource. */
export class PropertyRules {
  readonly #type: string;
  readonly #source: string;
  readonly #prefix: string;

  constructor(prefix: string, type: string, source: string) {
    this.#prefix = prefix;
    this.#type = type;
    this.#source = source;
  }

  /** A number between two others, those included. */
  range(path: string, least: number, most: number): ServiceRule {
    return this.rule(`${path} in range`, `${path} is ${least} to ${most}`, (resource) => {
      const value = resource.number(path);
      return value !== undefined && (value < least || value > most);
    });
  }

  /** A text of so many characters at most. */
  length(path: string, most: number): ServiceRule {
    return this.rule(`${path} short enough`, `${path} has ${most} characters at most`, (resource) => {
      const value = resource.text(path);
      return value !== undefined && value.length > most;
    });
  }

  shape(path: string, pattern: RegExp, says: string): ServiceRule {
    return this.rule(`${path} well formed`, `${path} is ${says}`, (resource) => {
      const value = resource.text(path);
      return value !== undefined && !pattern.test(value);
    });
  }

  oneOf(path: string, values: readonly (string | number)[]): ServiceRule {
    return this.rule(`${path} known`, `${path} is one of ${values.join(", ")}`, (resource) => {
      const value = resource.at(path);
      return value !== undefined && !values.some((each) => String(each) === scalarText(value));
    });
  }

  required(path: string): ServiceRule {
    return this.rule(`${path} present`, `${path} must be there`, (resource) => !resource.has(path));
  }

  most(path: string, most: number): ServiceRule {
    return this.rule(
      `${path} few enough`,
      `${path} has ${most} entries at most`,
      (resource) => resource.list(path).length > most,
    );
  }

  rule(name: string, says: string, isBroken: (resource: ResourceView) => boolean): ServiceRule {
    return { id: `${this.#prefix}: ${name}`, type: this.#type, says, source: this.#source, isBroken };
  }
}
