import * as z from "zod";

/** A source of choices that a seed fixes. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and without, `below`. Mulberry32. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }
}

/** JSON texts that schemas, tables and programs stumble over. */
const ODD_JSON: readonly string[] = [
  "null", "true", "0", "-1", "1e400", "1e300", "1e-200", "9007199254740993", "1790000000000000000", "0.1", '""', '" "', '"\\ud83d"', '"\\u0000"',
  '"../../etc/passwd"', '"\\r\\nset-cookie: a=b"', '"${input.x}"', '"constructor"', '"__proto__"', '"2026-13-45T99:99:99Z"', '"😀"', `"${"x".repeat(3000)}"`,
  "[]", "{}", "[null]", "[[[[]]]]", '{"constructor":1,"__proto__":{"a":1}}', '{"\\ud83d":1}', '{"":1}', `${"[".repeat(70)}${"]".repeat(70)}`,
  `{"a":1790000000000000000,"b":1e200,"c":{"constructor":1}}`,
];
/** Path segments and values of queries that are no ids. */
const ODD_WORDS: readonly string[] = [
  "x", "%00", "%0d%0ax", "..%2f..", "%ff", "a".repeat(300), "0", "-1", "NaN", "null", "exec_000000000000", "agent-loopback", "%F0%9F%98%80", "T%23demo", "constructor", "__proto__", "1e9", "0x10", "true", "2026-01-01T00:00:00Z", "%25", "a b", "'", "*",
];

const Schema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    items: z.union([Schema, z.boolean()]).optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    allOf: z.array(Schema).optional(),
  }),
);
interface JsonSchema {
  readonly [key: string]: unknown;
  readonly $ref?: string | undefined;
  readonly type?: string | string[] | undefined;
  readonly enum?: unknown[] | undefined;
  readonly const?: unknown;
  readonly properties?: Record<string, JsonSchema> | undefined;
  readonly required?: string[] | undefined;
  readonly items?: JsonSchema | boolean | undefined;
  readonly anyOf?: JsonSchema[] | undefined;
  readonly oneOf?: JsonSchema[] | undefined;
  readonly allOf?: JsonSchema[] | undefined;
}

const Parameter = z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() });
const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(Parameter).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: Schema })) }).optional(),
});
/** An OpenAPI document, as far as requests are made from it. */
export const OpenApi = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), Schema).default({}) }),
});
export type OpenApi = z.infer<typeof OpenApi>;

/** A request to send. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly body?: string;
}

/** Levels of a value before its fields become the simplest there are. */
const DEEPEST = 5;

/** Makes requests of a document: most of them nearly right, each with something odd. */
export class Fuzzer {
  readonly #document: OpenApi;
  readonly #chance: Chance;
  readonly #operations: readonly { readonly path: string; readonly method: string; readonly operation: z.infer<typeof Operation> }[];

  readonly #words: readonly string[];

  /** @param isLeftOut operations that are not called. `words` stand for ids; @default - such as no id is. */
  constructor(document: OpenApi, { seed, words = ODD_WORDS }: { seed: number; words?: readonly string[] }, isLeftOut: (operationId: string) => boolean) {
    this.#document = document;
    this.#words = words;
    this.#chance = new Chance(seed);
    this.#operations = Object.entries(document.paths)
      .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })))
      .filter(({ operation }) => !isLeftOut(operation.operationId));
  }

  next(): FuzzRequest {
    const { path, method, operation } = this.#chance.of(this.#operations);
    const target = path.replaceAll(/\{\w+\}/g, () => this.#chance.of(this.#words));
    const query = operation.parameters
      .filter((parameter) => parameter.in === "query" && this.#chance.below(4) === 0)
      .map(({ name }) => `${name}=${encodeURIComponent(this.#chance.of(ODD_WORDS))}`);
    const { schema } = Object.values(operation.requestBody?.content ?? {})[0] ?? {};
    const body = schema === undefined ? undefined : this.#chance.below(12) === 0 ? this.#chance.of(ODD_JSON) : this.#value(schema, 0);
    return { method, target: query.length === 0 ? target : `${target}?${query.join("&")}`, ...(body === undefined ? {} : { body }) };
  }

  /** A JSON text that fits a schema, but for one field in eight. */
  #value(schema: JsonSchema, level: number): string {
    if (this.#chance.below(8) === 0 || level > DEEPEST) return this.#chance.of(ODD_JSON);
    if (schema.$ref !== undefined) return this.#value(this.#document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, level + 1);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return JSON.stringify(this.#chance.of(schema.enum));
    const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (choices !== undefined && choices.length > 0) return this.#value(this.#chance.of(choices), level);
    const type = Array.isArray(schema.type) ? this.#chance.of(schema.type) : schema.type;
    switch (type) {
      case "object":
        return this.#object(schema, level);
      case "array":
        return `[${Array.from({ length: this.#chance.below(3) }, () => this.#value(typeof schema.items === "object" ? schema.items : {}, level + 1)).join(",")}]`;
      case "string":
        return JSON.stringify(this.#chance.of(["a", "agent-fuzz", "fuzz", "https://agent.example/a2a", "2026-11-30T12:00:00Z", "1.0"]));
      case "integer":
      case "number":
        return String(this.#chance.of([0, 1, 2, 60, 0.5, 1_000_000]));
      case "boolean":
        return this.#chance.of(["true", "false"]);
      default:
        return this.#chance.of(ODD_JSON);
    }
  }

  #object({ properties = {}, required = [] }: JsonSchema, level: number): string {
    const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || this.#chance.below(3) === 0);
    return `{${wanted.map(([name, each]) => `${JSON.stringify(name)}:${this.#value(each, level + 1)}`).join(",")}}`;
  }
}
