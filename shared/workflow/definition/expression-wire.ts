import * as z from "zod";
import { EXPRESSION_LIMITS } from "../../expression/limits.ts";

/** An expression, as text. What it may say is checked by `validateDefinition`. */
export const ExpressionWire = z.string().trim().min(1).max(EXPRESSION_LIMITS.expressionCharacters);
/** Fields and the expressions that give them. */
export const ExpressionsWire = z.record(z.string().min(1), ExpressionWire);
/** An EventBridge event pattern. */
export const EventPatternWire = z.record(z.string(), z.unknown());
