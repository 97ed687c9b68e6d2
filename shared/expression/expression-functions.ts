import {
  ANY,
  characters,
  copying,
  type FunctionRule,
  LIST,
  list,
  NUMBER,
  number,
  scanning,
  TEXT,
  text,
} from "./expression-rules.ts";
import {
  EvaluationFault,
  finite,
  isEqual,
  isList,
  isMap,
  keysOf,
  kindOf,
  type Meter,
  orderOf,
} from "./expression-values.ts";

function sizeOf([value]: readonly unknown[], meter: Meter): number {
  if (isList(value)) return value.length;
  if (typeof value === "string") return characters(value, meter).length;
  return isMap(value) ? keysOf(value, meter).length : 0;
}

const SIZE: FunctionRule = { params: [["string", "list", "map"]], returns: "number", run: sizeOf };

function substring([of, from, to]: readonly unknown[], meter: Meter): string {
  const all = characters(text(of), meter);
  const [start, end] = [number(from), to === undefined ? all.length : number(to)];
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end > all.length) {
    throw new EvaluationFault("substring() lies outside the text");
  }
  meter.charge(end - start);
  return typeof all === "string" ? all.slice(start, end) : all.slice(start, end).join("");
}

function charAt([of, place]: readonly unknown[], meter: Meter): string {
  return number(place) === characters(text(of), meter).length ? "" : substring([of, place, number(place) + 1], meter);
}

/** Place in characters of a place in UTF-16 units. */
const placeOf = (within: string, unit: number, meter: Meter): number =>
  unit < 0 ? -1 : characters(within.slice(0, unit), meter).length;

function join([items, separator]: readonly unknown[], meter: Meter): string {
  const parts = list(items).map((item) => {
    if (typeof item !== "string") throw new EvaluationFault("join() needs a list of strings");
    meter.charge(item.length + text(separator).length + 1);
    return item;
  });
  return parts.join(text(separator));
}

function replace([of, found, by]: readonly unknown[], meter: Meter): string {
  meter.charge(text(of).length);
  const pieces = text(of).split(text(found));
  meter.charge(pieces.length * text(by).length);
  return pieces.join(text(by));
}

const STRING_METHODS: Readonly<Record<string, FunctionRule>> = {
  contains: scanning("boolean", (of, part) => of.includes(part)),
  startsWith: scanning("boolean", (of, part) => of.startsWith(part)),
  endsWith: scanning("boolean", (of, part) => of.endsWith(part)),
  indexOf: scanning("number", (of, part, meter) => placeOf(of, of.indexOf(part), meter)),
  lastIndexOf: scanning("number", (of, part, meter) => placeOf(of, of.lastIndexOf(part), meter)),
  lowerAscii: copying("string", (of) => of.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  upperAscii: copying("string", (of) => of.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())),
  trim: copying("string", (of) => of.trim()),
  split: {
    ...copying("list", (of, separator) => (separator === "" ? Array.from(of) : of.split(separator))),
    params: [TEXT, TEXT],
  },
  replace: { params: [TEXT, TEXT, TEXT], returns: "string", run: replace },
  substring: { params: [TEXT, NUMBER, NUMBER], optional: 1, returns: "string", run: substring },
  charAt: { params: [TEXT, NUMBER], returns: "string", run: charAt },
};

const extreme =
  (sign: 1 | -1) =>
  (values: readonly unknown[], meter: Meter): unknown => {
    meter.charge(values.length);
    if (values.length === 0) throw new EvaluationFault("an empty list has no smallest and no largest element");
    return values.reduce((best, each) => (sign * orderOf(each, best, meter) > 0 ? each : best));
  };

function sum([items]: readonly unknown[], meter: Meter): number {
  meter.charge(list(items).length);
  return list(items).reduce<number>((total, each) => {
    if (typeof each !== "number") throw new EvaluationFault(`sum() needs numbers, got a ${kindOf(each)}`);
    return finite(total + each);
  }, 0);
}

function distinct([items]: readonly unknown[], meter: Meter): unknown[] {
  const kept: unknown[] = [];
  const scalars = new Set<unknown>();
  for (const each of list(items)) {
    meter.charge(1);
    const isNew =
      typeof each === "object" && each !== null
        ? !kept.some((known) => typeof known === "object" && isEqual(known, each, meter))
        : !scalars.has(each);
    if (!isNew) continue;
    scalars.add(each);
    kept.push(each);
  }
  return kept;
}

/** n log n comparisons, each a step. */
function sort([items]: readonly unknown[], meter: Meter): unknown[] {
  meter.charge(list(items).length);
  return list(items).toSorted((a, b) => {
    meter.charge(1);
    return orderOf(a, b, meter);
  });
}

function slice([items, from, to]: readonly unknown[], meter: Meter): unknown[] {
  const [start, end, all] = [number(from), number(to), list(items)];
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end > all.length) {
    throw new EvaluationFault("slice() lies outside the list");
  }
  meter.charge(end - start);
  return all.slice(start, end);
}

function flatten([items]: readonly unknown[], meter: Meter): unknown[] {
  for (const each of list(items)) meter.charge(isList(each) ? each.length + 1 : 1);
  return list(items).flat();
}

function range([count]: readonly unknown[], meter: Meter): number[] {
  const length = number(count);
  if (!Number.isInteger(length) || length < 0) throw new EvaluationFault("lists.range() takes a whole number from 0");
  meter.charge(length);
  return Array.from({ length }, (_, place) => place);
}

const LIST_METHODS: Readonly<Record<string, FunctionRule>> = {
  join: { params: [LIST, TEXT], optional: 1, returns: "string", run: join },
  sum: { params: [LIST], returns: "number", run: sum },
  min: { params: [LIST], returns: "any", run: ([items], meter) => extreme(-1)(list(items), meter) },
  max: { params: [LIST], returns: "any", run: ([items], meter) => extreme(1)(list(items), meter) },
  distinct: { params: [LIST], returns: "list", run: distinct },
  sort: { params: [LIST], returns: "list", run: sort },
  slice: { params: [LIST, NUMBER, NUMBER], returns: "list", run: slice },
  flatten: { params: [LIST], returns: "list", run: flatten },
};

/** Methods by name, `receiver.name(…)`. */
export const METHODS: Readonly<Record<string, FunctionRule>> = {
  size: SIZE,
  ...STRING_METHODS,
  ...LIST_METHODS,
  get: {
    params: [["map"], TEXT, ANY],
    optional: 1,
    returns: "any",
    run: ([of, key, otherwise = null]) => (isMap(of) && Object.hasOwn(of, text(key)) ? of[text(key)] : otherwise),
  },
};

function toNumber([value]: readonly unknown[]): number {
  if (typeof value === "number") return value;
  const source = text(value);
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(source)) throw new EvaluationFault("the text is not a number");
  return finite(Number(source));
}

/** Beyond it whole numbers are no longer told apart. */
function toInteger(args: readonly unknown[]): number {
  const value = Math.trunc(toNumber(args));
  if (!Number.isSafeInteger(value)) throw new EvaluationFault("a number is out of range");
  return value + 0;
}

const TRUE = ["1", "t", "true", "TRUE", "True"];
const FALSE = ["0", "f", "false", "FALSE", "False"];

function toBoolean([value]: readonly unknown[]): boolean {
  if (typeof value === "boolean") return value;
  const isTrue = TRUE.includes(text(value));
  if (isTrue || FALSE.includes(text(value))) return isTrue;
  throw new EvaluationFault('a text is read as a boolean when it is "true" or "false"');
}

const onNumber = (run: (value: number) => number): FunctionRule => ({
  params: [NUMBER],
  returns: "number",
  // `+ 0` turns -0, which JSON would write as 0, into 0.
  run: ([value]) => run(number(value)) + 0,
});

const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

/** Functions by name, `name(…)`. */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  size: SIZE,
  int: { params: [["number", "string"]], returns: "number", run: toInteger },
  double: { params: [["number", "string"]], returns: "number", run: toNumber },
  string: { params: [["string", "number", "boolean"]], returns: "string", run: ([value]) => String(value) },
  bool: { params: [["boolean", "string"]], returns: "boolean", run: toBoolean },
  dyn: { params: [ANY], returns: "any", run: ([value]) => value },
  "lists.range": { params: [NUMBER], returns: "list", run: range },
  "math.greatest": { params: [NUMBER], repeats: true, returns: "number", run: extreme(1) },
  "math.least": { params: [NUMBER], repeats: true, returns: "number", run: extreme(-1) },
  "math.abs": onNumber(Math.abs),
  "math.ceil": onNumber(Math.ceil),
  "math.floor": onNumber(Math.floor),
  "math.round": onNumber(round),
};
