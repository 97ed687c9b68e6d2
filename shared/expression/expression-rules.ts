import { isList, type Kind, type Meter } from "./expression-values.ts";

/** How a function is called and what it gives. */
export interface FunctionRule {
  /** What each argument may be; methods count their receiver as the first. */
  readonly params: readonly (readonly Kind[])[];
  /** How many of the last arguments may be left out. @default 0 */
  readonly optional?: number;
  /** The last parameter may repeat. @default false */
  readonly repeats?: boolean;
  readonly returns: Kind;
  readonly run: (args: readonly unknown[], meter: Meter) => unknown;
}

/** A parameter that takes every kind. */
export const ANY: readonly Kind[] = ["any"];
/** A parameter that takes texts only. */
export const TEXT: readonly Kind[] = ["string"];
/** A parameter that takes numbers only. */
export const NUMBER: readonly Kind[] = ["number"];
/** A parameter that takes lists only. */
export const LIST: readonly Kind[] = ["list"];

/** An argument that was checked to be a text. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
/** An argument that was checked to be a number. */
export const number = (value: unknown): number => (typeof value === "number" ? value : 0);
/** An argument that was checked to be a list. */
export const list = (value: unknown): readonly unknown[] => (isList(value) ? value : []);

/** Characters as people count them: a code point each. */
export function characters(value: string, meter: Meter): string | string[] {
  meter.chargeScan(value);
  if (!/[\ud800-\udfff]/.test(value)) return value;
  meter.charge(value.length);
  return Array.from(value);
}

/** A method of strings that looks through its receiver. */
export const scanning = (
  returns: Kind,
  run: (receiver: string, part: string, meter: Meter) => unknown,
): FunctionRule => ({
  params: [TEXT, TEXT],
  returns,
  run: ([receiver, part], meter) => {
    meter.chargeScan(text(receiver));
    return run(text(receiver), text(part), meter);
  },
});

/** A method of strings that copies its receiver. */
export const copying = (returns: Kind, run: (receiver: string, part: string) => unknown): FunctionRule => ({
  params: [TEXT],
  returns,
  run: ([receiver, part], meter) => {
    meter.charge(text(receiver).length);
    return run(text(receiver), text(part));
  },
});
