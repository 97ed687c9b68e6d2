import * as z from "zod";
import type { AskKind } from "../../patterns/ask-kind.ts";
import { PATTERN_LIMITS } from "../../patterns/limits.ts";

/**
 * A result that stays where it was stored: it stands in a pattern's state and messages in place of the value. Only who
 * knows the content could forge one.
 */
export const Held = z.strictObject({
  /** The task or instance that gave it; `$input`: the execution's input. */
  $held: z.string(),
  /** A field of it. */
  at: z.literal("result").optional(),
  bytes: z.int(),
  sha256: z.string(),
});
export type Held = z.infer<typeof Held>;

/** Kinds whose whole answer is a result, and those where a field is. What patterns compare is not held. */
const WHOLE: ReadonlySet<AskKind> = new Set(["delegate", "synthesize", "produce", "improve", "accept_proposal", "task", "partition"]);

/** Which part of an answer is a result that no pattern looks into. */
export const resultPartOf = (kind: AskKind): "whole" | "result" | undefined => {
  if (WHOLE.has(kind)) return "whole";
  return kind === "handoff" || kind === "decide" ? "result" : undefined;
};

/** Whether a result is left where it is. Those of partitions are many. */
export const isHeld = (bytes: number, kind?: AskKind): boolean =>
  bytes > (kind === "partition" ? PATTERN_LIMITS.heldPartitionBytes : PATTERN_LIMITS.heldOutputBytes);

/** The held results in a value, each once. Depth as of what agents answer, `LIMITS.definitionDepth` at most. */
export function heldIn(value: unknown): readonly Held[] {
  const found = new Map<string, Held>();
  const visit = (inner: unknown): void => {
    if (typeof inner !== "object" || inner === null) return;
    const held = Held.safeParse(inner);
    if (held.success) found.set(nameOfHeld(held.data), held.data);
    else for (const field of Object.values(inner)) visit(field);
  };
  visit(value);
  return [...found.values()];
}

/** Tells held results apart. */
export const nameOfHeld = ({ $held, at }: Held): string => (at === undefined ? $held : `${$held}.${at}`);

/** A value with something in place of each held result, by its name; one that is not known stays. */
export function withHeld(value: unknown, by: ReadonlyMap<string, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const held = Held.safeParse(value);
  if (held.success) return by.has(nameOfHeld(held.data)) ? by.get(nameOfHeld(held.data)) : value;
  if (Array.isArray(value)) return value.map((inner) => withHeld(inner, by));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHeld(inner, by)]));
}
