import { invalid } from "../refusal.ts";
import type { Item, Value } from "../values/value.ts";
import { attributeOf } from "../values/value.ts";

/** What the expressions of one request refer to. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

/** Placeholders that an expression mentions. */
export interface Mentions {
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/** Looks placeholders up. {@link checkMentions} has been through, so each one is there. */
export class Scope {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Item;

  constructor({ ExpressionAttributeNames, ExpressionAttributeValues }: Placeholders) {
    this.#names = ExpressionAttributeNames ?? {};
    this.#values = ExpressionAttributeValues ?? {};
  }

  name(placeholder: string): string {
    const name = Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined;
    if (name === undefined) throw undefinedName(placeholder);
    return name;
  }

  value(placeholder: string): Value {
    const value = attributeOf(this.#values, placeholder);
    if (value === undefined) throw undefinedValue(placeholder);
    return value;
  }
}

const undefinedName = (placeholder: string): Error =>
  invalid(`An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`);

const undefinedValue = (placeholder: string): Error =>
  invalid(`An expression attribute value used in expression is not defined; attribute value: ${placeholder}`);

/** @throws {DynamoRefusal} a placeholder is mentioned and not given, or given and not mentioned. */
export function checkMentions(expressions: readonly (Mentions | undefined)[], given: Placeholders): void {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = given;
  if (names !== undefined) checkGiven(names, expressions, "names");
  if (values !== undefined) checkGiven(values, expressions, "values");
  for (const expression of expressions) {
    if (expression === undefined) continue;
    for (const name of expression.names) if (!isGiven(names, name)) throw undefinedName(name);
    for (const value of expression.values) if (!isGiven(values, value)) throw undefinedValue(value);
  }
}

const isGiven = (given: object | undefined, placeholder: string): boolean =>
  given !== undefined && Object.hasOwn(given, placeholder);

function checkGiven(given: object, expressions: readonly (Mentions | undefined)[], what: "names" | "values"): void {
  const kind = what === "names" ? "ExpressionAttributeNames" : "ExpressionAttributeValues";
  const keys = Object.keys(given);
  if (keys.length === 0) throw invalid(`${kind} must not be empty`);
  if (expressions.every((expression) => expression === undefined))
    throw invalid(`${kind} can only be specified when using expressions`);
  const unused = keys.filter((key) => !expressions.some((expression) => expression?.[what].has(key)));
  const malformed = keys.find((key) => !(what === "names" ? /^#\w+$/ : /^:\w+$/).test(key));
  if (malformed !== undefined)
    throw invalid(`${kind} contains invalid key: Syntax error; key: "${malformed.slice(0, 100)}"`);
  if (unused.length > 0) throw invalid(`Value provided in ${kind} unused in expressions: keys: {${unused.join(", ")}}`);
}
