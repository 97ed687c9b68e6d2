import * as z from "zod";
import type { Issue, IssuePath } from "./issue.ts";
import { suggestion } from "../../core/closest.ts";
import type { IssueList } from "./issue-list.ts";
import { present } from "../../core/present.ts";

type ZodIssue = z.core.$ZodIssue;
type Described = Omit<Issue, "path" | "severity">;

/** Where a schema met a value: the value it read, and where that stands in the document. */
export interface SchemaContext {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly root: IssuePath;
}

/** Adds what a schema found, in the words of a person who has to fix it. */
export function addSchemaIssues(found: readonly ZodIssue[], context: SchemaContext, issues: IssueList): void {
  for (const each of found.flatMap(likeliestBranch)) {
    if (each.code === "unrecognized_keys") {
      for (const key of each.keys) issues.add("error", () => unknownKey(key, each, context));
    } else issues.add("error", () => describe(each, context));
  }
}

/** Of a union's alternatives, the one whose outer type fits the value; the others only confuse. */
function likeliestBranch(found: ZodIssue): ZodIssue[] {
  if (found.code !== "invalid_union") return [found];
  const fitting = found.errors.find((branch) =>
    branch.every(({ path, code }) => path.length > 0 || code !== "invalid_type"),
  );
  if (fitting === undefined) return [found];
  return fitting.flatMap((inner) => likeliestBranch({ ...inner, path: [...found.path, ...inner.path] }));
}

function describe(found: ZodIssue, context: SchemaContext): Described {
  const path = pathOf(found);
  const segments = [...context.root, ...path];
  const value = valueAt(context.value, path);
  switch (found.code) {
    case "invalid_type":
      return value === undefined ? missingKey(segments) : wrongType(found.expected, value, segments);
    case "invalid_union":
      return wrongType(found.errors.map(expectedOf).join(" or "), value, segments);
    case "invalid_value":
      return notOneOf(found.values.map(String), value, segments);
    case "invalid_key":
      return { ...invalid(String(path.at(-1)), present(found.issues[0]).message, segments), atKey: true };
    case "too_small":
      return invalid(value, `use at least ${found.minimum}`, segments);
    case "too_big":
      return invalid(value, `use at most ${found.maximum}`, segments);
    default:
      return invalid(value, found.message, segments);
  }
}

/** The outer type of a union's alternative that the value does not have. */
function expectedOf(branch: readonly ZodIssue[]): string {
  return present(branch.find((issue) => issue.code === "invalid_type")).expected;
}

/** Where it is, in a document: there are no symbols in one. */
const pathOf = ({ path }: ZodIssue): IssuePath => path.filter((segment) => typeof segment !== "symbol");

function missingKey(segments: IssuePath): Described {
  const key = String(segments.at(-1));
  return { code: "MissingKey", message: `the key "${key}" is missing`, remedy: `add \`${key}\``, segments };
}

const TYPE_REMEDIES: Readonly<Record<string, string>> = {
  "string from number": "put the value in quotes",
  "string from boolean": "put the value in quotes",
  "number from string": "write the number without quotes",
  "int from string": "write the number without quotes",
  "int from number": "use a whole number",
  "boolean from string": "write true or false without quotes",
  "array from string": "write a list: [a, b]",
  "array from null": "write [] or remove the key",
  "array from object": "write a list: each entry on a line that starts with `-`",
};

function wrongType(expected: string, value: unknown, segments: IssuePath): Described {
  const got = typeName(value);
  return {
    code: "WrongType",
    message: `expected ${expected}, got ${got}`,
    remedy: TYPE_REMEDIES[`${expected} from ${got}`] ?? `write a value of type ${expected}`,
    segments,
  };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function notOneOf(values: readonly string[], value: unknown, segments: IssuePath): Described {
  const list = values.join(", ");
  return {
    code: "InvalidValue",
    message: `${quote(value)} is not one of ${list}`,
    remedy: suggestion(String(value), values, `use one of ${list}`),
    segments,
  };
}

function invalid(value: unknown, remedy: string, segments: IssuePath): Described {
  return { code: "InvalidValue", message: `${quote(value)} is not allowed here`, remedy, segments };
}

function quote(value: unknown): string {
  const text = typeof value === "object" && value !== null ? `an ${typeName(value)}` : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function unknownKey(key: string, found: ZodIssue, context: SchemaContext): Described {
  const known = keysAt(context.schema, found.path);
  return {
    code: "UnknownKey",
    message: `unknown key "${key}"`,
    remedy: suggestion(key, known, `remove it, or use one of ${known.join(", ")}`),
    segments: [...context.root, ...pathOf(found), key],
    atKey: true,
  };
}

function valueAt(value: unknown, path: IssuePath): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined,
    value,
  );
}

/** The keys that a schema knows at a path. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option, path));
  const [key, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[String(key)], rest);
  }
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  return schema instanceof z.ZodRecord ? keysAt(schema.valueType, rest) : [];
}
