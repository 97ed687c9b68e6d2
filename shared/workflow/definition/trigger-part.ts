import * as z from "zod";
import { present } from "../../core/present.ts";
import { SCHEDULE_LIMITS } from "../schedules/limits.ts";
import { parseSchedule } from "../schedules/schedule-expression.ts";
import { EventPatternWire, ExpressionsWire } from "./expression-wire.ts";
import { WorkflowVersion } from "./names.ts";
import { ScheduleTrigger, type Trigger } from "./workflow-definition.ts";

const UTC = "UTC";
/** What only a schedule has. */
const OF_SCHEDULES = ["timezone", "overlap", "catch_up", "jitter", "version"] as const;

const Wire = z.strictObject({
  pattern: EventPatternWire.optional(),
  schedule: z.string().max(SCHEDULE_LIMITS.expressionCharacters).optional(),
  timezone: z.string().max(64).optional(),
  overlap: ScheduleTrigger.shape.overlap.optional(),
  catch_up: ScheduleTrigger.shape.catchUp.optional(),
  jitter: ScheduleTrigger.shape.jitterSeconds.optional(),
  version: WorkflowVersion.optional(),
  input_from: ExpressionsWire.optional(),
});
type Wire = z.infer<typeof Wire>;

/** An entry of `triggers`: an event pattern, or a schedule. */
export const TriggerWire = Wire.superRefine((wire, context) => {
  for (const { key, message } of flawsOf(wire)) context.addIssue({ code: "custom", path: key === undefined ? [] : [key], message });
});

interface Flaw {
  readonly key?: keyof Wire;
  readonly message: string;
}

function flawsOf(wire: Wire): Flaw[] {
  const { pattern, schedule, timezone = UTC } = wire;
  if ((pattern === undefined) === (schedule === undefined)) return [{ message: "write either `pattern`, for events, or `schedule`, for times" }];
  const message = "remove it: only a trigger with `schedule` has it";
  if (schedule === undefined) return OF_SCHEDULES.flatMap((key) => (wire[key] === undefined ? [] : [{ key, message }]));
  return [...refusalOf("timezone", "rate(1 minute)", timezone), ...refusalOf("schedule", schedule, UTC)];
}

function refusalOf(key: "timezone" | "schedule", schedule: string, timezone: string): Flaw[] {
  try {
    parseSchedule(schedule, { timezone, from: 0 });
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ key, message: error.message }];
  }
}

/** Fills in what the author of a trigger left out. */
export function readTrigger(wire: z.infer<typeof TriggerWire>): Trigger {
  const { pattern, schedule, input_from: inputFrom = {} } = wire;
  if (pattern !== undefined) return { pattern, inputFrom };
  return {
    schedule: present(schedule).trim(),
    timezone: wire.timezone ?? UTC,
    overlap: wire.overlap ?? "skip",
    catchUp: wire.catch_up ?? "last",
    jitterSeconds: wire.jitter ?? 0,
    ...(wire.version === undefined ? {} : { version: wire.version }),
    inputFrom,
  };
}
