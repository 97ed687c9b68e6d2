import type { Syntax } from "./expression-syntax.ts";
import { SyntaxFlaw } from "./expression-tokens.ts";
import type { Kind, Meter } from "./expression-values.ts";

/** What one evaluation works on. `locals` holds the variables of macros, by slot. */
export interface Frame {
  readonly scope: Readonly<Record<string, unknown>>;
  readonly locals: unknown[];
  readonly meter: Meter;
}

/** A compiled part: how to evaluate it and what it gives, as far as that can be known. */
export interface Part {
  readonly run: (frame: Frame) => unknown;
  readonly kind: Kind;
}

/** Where names lead while a text is compiled, and what is learnt on the way. */
export interface Context {
  readonly variables: readonly string[];
  /** Variables of the macros around, innermost last; their places are their slots. */
  readonly locals: readonly string[];
  /** Collects the static paths that are read. */
  readonly references: string[][];
  /** Counts parts, so that a macro knows what one round of its body costs. */
  readonly tally: { parts: number };
  /** Whether faults are to tell where they came up, at the price of slower evaluation. */
  readonly isTraced: boolean;
  /** Compiles what is inside. @throws {SyntaxFlaw} an unknown name, or operands that can never fit */
  readonly compile: (syntax: Syntax, context: Context) => Part;
}

/** Refuses an operand that can never be one of `kinds`. @throws {SyntaxFlaw} */
export function requireKind(part: Part, kinds: readonly Kind[], { at, what }: { at: number; what: string }): void {
  if (part.kind === "any" || kinds.includes("any") || kinds.includes(part.kind)) return;
  throw new SyntaxFlaw(`${what} needs ${named(kinds)}, got ${named([part.kind])}`, at);
}

/** Kinds in words: `a string, a list or a map`. */
export function named(kinds: readonly Kind[]): string {
  const words = kinds.map((kind) => (kind === "any" || kind === "null" ? kind : `a ${kind}`));
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((word) => word !== "").join(" or ");
}
