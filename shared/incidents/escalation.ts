import * as z from "zod";
import { type Incident, Severity } from "./incident.ts";
import { CHANNEL_LIMITS } from "./limits.ts";

type Compared = "<" | "<=" | "==" | ">=" | ">";
type Test = (incident: Pick<Incident, "severity" | "context">) => boolean;

const COMPARE: Readonly<Record<Compared, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  "==": (left, right) => left === right,
  ">=": (left, right) => left >= right,
  ">": (left, right) => left > right,
};

const isCompared = (text: string): text is Compared => Object.hasOwn(COMPARE, text);

/** Reads `severity >= critical and sla_violation_count > 5` (spec 000); nothing for what is not of this form. */
export function parseCondition(text: string): Test | undefined {
  const tests = text.trim().split(/\s+and\s+/).map(parseTest);
  return tests.includes(undefined) ? undefined : (incident) => tests.every((test) => test?.(incident));
}

function parseTest(text: string): Test | undefined {
  const [, field, operator = "", value = ""] = /^(severity|sla_violation_count)\s*(<=|>=|==|<|>)\s*(\w+)$/.exec(text) ?? [];
  if (!isCompared(operator)) return undefined;
  const compare = COMPARE[operator];
  if (field === "severity") {
    const { data: severity } = Severity.safeParse(value);
    const rank = Severity.options.indexOf(severity ?? "low");
    return severity === undefined ? undefined : (incident) => compare(Severity.options.indexOf(incident.severity), rank);
  }
  return /^\d{1,9}$/.test(value) ? ({ context }) => compare(violationsIn(context), Number(value)) : undefined;
}

const violationsIn = (context: Incident["context"]): number => {
  const count = context?.["sla_violation_count"];
  return typeof count === "number" ? count : 0;
};

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Reads `5m`, `90s`, `2h`; nothing for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  if (unit !== "s" && unit !== "m" && unit !== "h") return undefined;
  return Number(number) * SECONDS[unit];
}

/** A rule by which incidents escalate that stay open (spec 000). */
export const EscalationRule = z.strictObject({
  condition: z
    .string()
    .max(500)
    .refine((text) => parseCondition(text) !== undefined, {
      error: "write conditions such as 'severity >= critical' or 'sla_violation_count > 5', joined by 'and'",
    }),
  escalate_after: z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) > 0 && (parseDuration(text) ?? 0) <= CHANNEL_LIMITS.longestEscalationMinutes * 60, {
      error: "write a duration such as 90s, 5m or 2h, a day at most",
    }),
  /** Groups of channels, or channels by id. */
  notify: z.array(z.string().min(1).max(CHANNEL_LIMITS.nameCharacters)).min(1).max(CHANNEL_LIMITS.groups),
});
export type EscalationRule = z.output<typeof EscalationRule>;

/** How a tenant's incidents are dealt with that nobody takes: all of its rules, and whether the detector may act by itself. */
export const EscalationRules = z.strictObject({
  rules: z.array(EscalationRule).max(CHANNEL_LIMITS.escalationRules),
  auto_response_enabled: z.boolean().default(false),
});
export type EscalationRules = z.output<typeof EscalationRules>;

/** Those of spec 000, for tenants that say none. */
export const USUAL_ESCALATION: EscalationRules = {
  rules: [
    { condition: "severity >= critical", escalate_after: "5m", notify: ["on_call_engineer"] },
    { condition: "sla_violation_count > 5", escalate_after: "15m", notify: ["operations_manager"] },
  ],
  auto_response_enabled: false,
};

const afterSeconds = ({ escalate_after: after }: EscalationRule): number => parseDuration(after) ?? Number.POSITIVE_INFINITY;

/** The next rule by which an incident escalates, and when: the soonest first, each once. Whoever acknowledges stops it. */
export function nextEscalation(incident: Incident, { rules }: Pick<EscalationRules, "rules">): { readonly rule: EscalationRule; readonly dueAt: number } | undefined {
  if (incident.status !== "open") return undefined;
  const own = rules.filter(({ condition }) => parseCondition(condition)?.(incident) === true).toSorted((a, b) => afterSeconds(a) - afterSeconds(b));
  const rule = own[incident.escalation.level];
  const since = incident.reopened_at.at(-1) ?? incident.created_at;
  return rule === undefined ? undefined : { rule, dueAt: Date.parse(since) + afterSeconds(rule) * 1000 };
}
