import { invalid } from "../refusal.ts";

/**
 * A number that a double does not hold exactly: `coefficient` × 10^`exponent`, without zeros at the end.
 *
 * A number of DynamoDB is a double wherever the digits that JavaScript prints for it are all it has, and a `Decimal`
 * otherwise: each number has exactly one form.
 */
export class Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;

  constructor(coefficient: bigint, exponent: number) {
    this.coefficient = coefficient;
    this.exponent = exponent;
  }

  toJSON(): object {
    return { $n: numberText(this) };
  }
}

export type NumberValue = number | Decimal;

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const MAX_DIGITS = 38;
const MAX_MAGNITUDE = 126;
const MIN_MAGNITUDE = -129;
/** So many digits survive the way into a double and back. */
const SAFE_DIGITS = 15;

const PLAIN_INTEGER = /^-?[1-9]\d{0,14}$/;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

interface Parts {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** Of the last digit. */
  readonly exponent: number;
}

/** Reads a number as requests carry it. @throws {DynamoRefusal} no number, or beyond range or precision. */
export function parseNumber(text: string): NumberValue {
  if (PLAIN_INTEGER.test(text)) return Number(text);
  const parts = partsOf(text);
  if (parts === undefined) throw invalid(`The parameter cannot be converted to a numeric value: ${text.slice(0, 100)}`);
  return fromParts(parts);
}

/** Plain digits, as DynamoDB prints them. */
export function numberText(value: NumberValue): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  const { isNegative, digits, exponent } = partsOfValue(value);
  const point = digits.length + exponent;
  const plain =
    exponent >= 0
      ? digits + "0".repeat(exponent)
      : point > 0
        ? `${digits.slice(0, point)}.${digits.slice(point)}`
        : `0.${"0".repeat(-point)}${digits}`;
  return isNegative ? `-${plain}` : plain;
}

/** Below zero, zero or above, as `a` is less than, equal to or greater than `b`. */
export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Exact. @throws {DynamoRefusal} the sum has too many digits, or is too large. */
export function addNumbers(a: NumberValue, b: NumberValue): NumberValue {
  if (typeof a === "number" && typeof b === "number" && Number.isSafeInteger(a) && Number.isSafeInteger(b)) {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const [left, right] = aligned(a, b);
  return fromCoefficient(left + right, Math.min(exponentOf(a), exponentOf(b)));
}

export function negate(value: NumberValue): NumberValue {
  if (typeof value === "number") return value === 0 ? 0 : -value;
  return new Decimal(-value.coefficient, value.exponent);
}

/** Text that sorts as the numbers do. */
export function sortableNumber(value: NumberValue): string {
  const { isNegative, digits, exponent } = partsOfValue(value);
  if (digits === "") return "1";
  const magnitude = 500 + digits.length + exponent;
  if (!isNegative) return `2${magnitude}${digits}`;
  // Nines' complement turns the order around; the end of the shorter one counts as larger.
  const turned = digits.replaceAll(/\d/g, (digit) => String(9 - Number(digit)));
  return `0${999 - magnitude}${turned}~`;
}

/** Bytes of storage: two digits to a byte. */
export const numberBytes = (value: NumberValue): number => {
  const { digits, isNegative } = partsOfValue(value);
  return Math.ceil(digits.length / 2) + 1 + (isNegative ? 1 : 0);
};

function partsOf(text: string): Parts | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  const zeros = all.length - digits.length;
  return { isNegative: sign === "-" && digits !== "", digits, exponent: Number(exponent) - fraction.length + zeros };
}

function partsOfValue(value: NumberValue): Parts {
  const text = typeof value === "number" ? String(value) : `${value.coefficient}e${value.exponent}`;
  return partsOf(text) ?? { isNegative: false, digits: "", exponent: 0 };
}

function fromParts({ isNegative, digits, exponent }: Parts): NumberValue {
  if (digits === "") return 0;
  if (digits.length > MAX_DIGITS) throw invalid("Attempting to store more than 38 significant digits in a Number");
  const magnitude = digits.length + exponent;
  if (magnitude > MAX_MAGNITUDE)
    throw invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  if (magnitude < MIN_MAGNITUDE)
    throw invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range");
  const text = `${isNegative ? "-" : ""}${digits}e${exponent}`;
  const double = Number(text);
  if (digits.length <= SAFE_DIGITS || isSame(double, digits, exponent)) return double;
  return new Decimal(BigInt((isNegative ? "-" : "") + digits), exponent);
}

function isSame(double: number, digits: string, exponent: number): boolean {
  const parts = partsOf(String(double));
  return parts?.digits === digits && parts.exponent === exponent;
}

function fromCoefficient(coefficient: bigint, exponent: number): NumberValue {
  const parts = partsOf(`${coefficient}e${exponent}`);
  return parts === undefined ? 0 : fromParts(parts);
}

const exponentOf = (value: NumberValue): number => partsOfValue(value).exponent;

function coefficientOf(value: NumberValue): bigint {
  if (value instanceof Decimal) return value.coefficient;
  const { isNegative, digits } = partsOfValue(value);
  return BigInt(`${isNegative ? "-" : ""}${digits === "" ? "0" : digits}`);
}

/** Both as multiples of the same power of ten. */
function aligned(a: NumberValue, b: NumberValue): [bigint, bigint] {
  const [first, second] = [exponentOf(a), exponentOf(b)];
  const least = Math.min(first, second);
  const scale = (value: NumberValue, exponent: number): bigint =>
    coefficientOf(value) * 10n ** BigInt(exponent - least);
  return [scale(a, first), scale(b, second)];
}
