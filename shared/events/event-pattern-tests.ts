import { BlockList, isIP } from "node:net";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells a JSON object from lists, scalars and null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Decides about one scalar of an event. */
export type ValueTest = (value: unknown) => boolean;

/** An event pattern EventBridge would refuse. Its message says what it takes. */
export class InvalidPatternError extends Error {}

/** Compiles one entry of a pattern's array, other than `exists`. @throws {InvalidPatternError} */
export function compileValueTest(entry: unknown): ValueTest {
  if (!isJsonObject(entry)) return compileLiteral(entry);
  const [operator, operand] = onlyEntry(entry);
  switch (operator) {
    case "prefix":
      return compileAffix(operand, (text, affix) => text.startsWith(affix));
    case "suffix":
      return compileAffix(operand, (text, affix) => text.endsWith(affix));
    case "equals-ignore-case":
      return ignoringCase(requireText(operand, operator), (text, wanted) => text === wanted);
    case "wildcard":
      return compileWildcard(requireText(operand, operator));
    case "numeric":
      return compileNumeric(operand);
    case "cidr":
      return compileCidr(requireText(operand, operator));
    case "anything-but":
      return compileAnythingBut(operand);
    default:
      throw new InvalidPatternError(`unrecognized match type ${operator}`);
  }
}

function onlyEntry(entry: JsonObject): [operator: string, operand: unknown] {
  const [first, ...more] = Object.entries(entry);
  if (first === undefined || more.length > 0)
    throw new InvalidPatternError("exactly one match type per value is allowed");
  return first;
}

function requireText(value: unknown, operator: string): string {
  if (typeof value === "string") return value;
  throw new InvalidPatternError(`${operator} takes a string`);
}

function compileLiteral(literal: unknown): ValueTest {
  if (Array.isArray(literal)) throw new InvalidPatternError("a pattern must not nest arrays");
  return (value) => value === literal;
}

type TextTest = (text: string, wanted: string) => boolean;

const onText =
  (wanted: string, test: TextTest): ValueTest =>
  (value) =>
    typeof value === "string" && test(value, wanted);

function ignoringCase(wanted: string, test: TextTest): ValueTest {
  const lower = wanted.toLowerCase();
  return (value) => typeof value === "string" && test(value.toLowerCase(), lower);
}

function compileAffix(operand: unknown, test: TextTest): ValueTest {
  if (!isJsonObject(operand)) return onText(requireText(operand, "prefix or suffix"), test);
  const [operator, wanted] = onlyEntry(operand);
  if (operator !== "equals-ignore-case") throw new InvalidPatternError(`unsupported ${operator} in prefix or suffix`);
  return ignoringCase(requireText(wanted, operator), test);
}

/** Segments between the stars are sought from left to right: linear, whatever the pattern. */
function compileWildcard(pattern: string): ValueTest {
  const segments = splitWildcard(pattern);
  const [first = "", last = ""] = [segments[0], segments.at(-1)];
  if (segments.length === 1) return (value) => value === first;
  const middle = segments.slice(1, -1);
  return (value) => {
    if (typeof value !== "string" || !value.startsWith(first) || !value.endsWith(last)) return false;
    let at = first.length;
    for (const segment of middle) {
      const found = value.indexOf(segment, at);
      if (found < 0) return false;
      at = found + segment.length;
    }
    return at <= value.length - last.length;
  };
}

function splitWildcard(pattern: string): string[] {
  if (/(?<!\\)(?:\\\\)*\*\*/.test(pattern)) throw new InvalidPatternError("consecutive wildcard characters");
  const segments = [""];
  for (let index = 0; index < pattern.length; index++) {
    let character = pattern.charAt(index);
    if (character === "*") {
      segments.push("");
      continue;
    }
    if (character === "\\") {
      character = pattern.charAt(++index);
      if (character !== "*" && character !== "\\") throw new InvalidPatternError("invalid escape in wildcard");
    }
    segments[segments.length - 1] += character;
  }
  return segments;
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};
const NUMERIC_LIMIT = 5e9;

function compileNumeric(operand: unknown): ValueTest {
  if (!Array.isArray(operand)) throw new InvalidPatternError("numeric takes an array");
  const [firstOperator, firstBound, ...rest] = operand;
  const first = compileComparison(firstOperator, firstBound);
  if (rest.length === 0) return first;
  const second = compileComparison(rest[0], rest[1]);
  const isRange = String(firstOperator).startsWith(">") && String(rest[0]).startsWith("<");
  if (rest.length !== 2 || !isRange || Number(firstBound) >= Number(rest[1]))
    throw new InvalidPatternError("bad numeric range");
  return (value) => first(value) && second(value);
}

function compileComparison(operator: unknown, bound: unknown): ValueTest {
  const compare = typeof operator === "string" ? COMPARISONS[operator] : undefined;
  if (compare === undefined) throw new InvalidPatternError("unrecognized numeric operator");
  if (typeof bound !== "number") throw new InvalidPatternError("a numeric operator takes a number");
  if (Math.abs(bound) > NUMERIC_LIMIT) throw new InvalidPatternError("a numeric bound must lie between -5e9 and 5e9");
  return (value) => typeof value === "number" && compare(value, bound);
}

function compileCidr(range: string): ValueTest {
  const [address = "", prefix, ...more] = range.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  const isLength = prefix === undefined || (/^\d+$/.test(prefix) && length <= bits);
  if (version === 0 || !isLength || more.length > 0) throw new InvalidPatternError(`malformed CIDR ${range}`);
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return (value) => typeof value === "string" && isIP(value) === version && list.check(value, family);
}

function compileAnythingBut(operand: unknown): ValueTest {
  if (!isJsonObject(operand)) {
    const list = asNonEmptyList(operand);
    if (new Set(list.map((each) => typeof each)).size > 1) throw new InvalidPatternError("anything-but mixes types");
    if (list.some((each) => typeof each === "object")) throw new InvalidPatternError("anything-but takes scalars");
    const excluded = new Set(list);
    return (value) => !excluded.has(value);
  }
  const [operator, wanted] = onlyEntry(operand);
  if (!["prefix", "suffix", "wildcard", "equals-ignore-case"].includes(operator)) {
    throw new InvalidPatternError(`unsupported anything-but ${operator}`);
  }
  const tests = asNonEmptyList(wanted).map((each) => {
    if (each === "") throw new InvalidPatternError("anything-but takes no empty string");
    return compileValueTest({ [operator]: each });
  });
  return (value) => !tests.some((test) => test(value));
}

function asNonEmptyList(operand: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) throw new InvalidPatternError("anything-but takes at least one value");
  return list;
}
