import { expressionOf } from "../../expression/expression.ts";
import type { BusEvent } from "../bus-event.ts";

/** What a trigger's expressions may speak of. */
const TRIGGER_VARIABLES = ["event"] as const;

/**
 * The input of an execution that an event starts: each field as its expression says, or the event's detail where a
 * trigger has none.
 *
 * @throws {ExpressionError} an expression does not fit the event.
 */
export function triggerInput(inputFrom: Readonly<Record<string, string>>, event: BusEvent): unknown {
  const fields = Object.entries(inputFrom);
  if (fields.length === 0) return event.detail;
  const { id, source, detailType, detail, time } = event;
  const scope = { event: { id, source, detail_type: detailType, detail, time } };
  return Object.fromEntries(fields.map(([field, text]) => [field, expressionOf(text, TRIGGER_VARIABLES).evaluate(scope)]));
}
