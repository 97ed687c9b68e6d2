import { isJsonObject, type Json, type JsonObject, scalarText, tryParseJson } from "../json.ts";
import { parseSchedule } from "../scheduler/schedule-expression.ts";
import { isReference, type ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";
import { trusts } from "./access-rules.ts";

const rules = new PropertyRules("rule", "AWS::Events::Rule", "eventbridge/latest/APIReference/API_PutRule.html");
/** The quota that an account begins with. */
const MAX_PATTERN = 2048;
const INPUTS = ["Input", "InputPath", "InputTransformer"];

const targets = (rule: ResourceView): readonly JsonObject[] => rule.objects("Targets");

/** Whether a pattern has a list of what may stand there at the end of each of its paths. */
function isPattern(value: Json): boolean {
  if (isReference(value)) return true;
  if (!isJsonObject(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([, each]) => (Array.isArray(each) ? each.length > 0 : isPattern(each)));
}

function isSchedule(text: string | undefined): boolean {
  if (text === undefined) return true;
  try {
    parseSchedule(text, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether a retry policy at a path is one that EventBridge and its Scheduler take. */
const isRetry = (policy: Json | undefined): boolean => {
  if (!isJsonObject(policy)) return true;
  const { MaximumRetryAttempts: attempts = 0, MaximumEventAgeInSeconds: age = 60 } = policy;
  return Number(attempts) >= 0 && Number(attempts) <= 185 && Number(age) >= 60 && Number(age) <= 86_400;
};

/** What EventBridge refuses in a rule. */
export const eventRuleRules: readonly ServiceRule[] = [
  rules.shape("Name", /^[.\-_A-Za-z0-9]{1,64}$/, "letters, digits, ., - and _, 64 at most"),
  rules.length("Description", 512),
  rules.most("Targets", 5),
  rules.oneOf("State", ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]),
  rules.rule(
    "something to hear",
    "a rule has EventPattern or ScheduleExpression",
    (rule) => !rule.has("EventPattern") && !rule.has("ScheduleExpression"),
  ),
  rules.rule(
    "schedules on the default bus",
    "a schedule runs on the default bus",
    (rule) => rule.has("ScheduleExpression") && rule.has("EventBusName") && rule.text("EventBusName") !== "default",
  ),
  rules.rule(
    "schedule well formed",
    "ScheduleExpression is rate(…) or cron(…)",
    (rule) => !isSchedule(rule.text("ScheduleExpression")),
  ),
  rules.rule(
    "rates in the right number",
    "a rate is of 1 minute, hour or day, or of several minutes, hours, days",
    (rule) => {
      const [, count, unit = ""] = /^rate\((\d+) (\w+)\)$/.exec(rule.text("ScheduleExpression") ?? "") ?? [];
      return count !== undefined && unit.endsWith("s") === (count === "1");
    },
  ),
  rules.rule("pattern well formed", "a pattern is an object that ends in lists", (rule) => {
    const pattern = rule.at("EventPattern");
    return pattern !== undefined && !isPattern(typeof pattern === "string" ? (tryParseJson(pattern) ?? "") : pattern);
  }),
  rules.rule("pattern short enough", `a pattern has ${MAX_PATTERN} characters at most`, (rule) => {
    const pattern = rule.at("EventPattern");
    return (
      pattern !== undefined && (typeof pattern === "string" ? pattern : JSON.stringify(pattern)).length > MAX_PATTERN
    );
  }),
  rules.rule("targets told apart", "each target has an Id of its own", (rule) => {
    const ids = targets(rule).map(({ Id }) => scalarText(Id));
    return ids.includes(undefined) || new Set(ids).size < ids.length;
  }),
  rules.rule("one input", `a target has one of ${INPUTS.join(", ")} at most`, (rule) =>
    targets(rule).some((target) => INPUTS.filter((name) => target[name] !== undefined).length > 1),
  ),
  rules.rule("retries in range", "a target is tried again 185 times and for 86400 s at most", (rule) =>
    targets(rule).some(({ RetryPolicy }) => !isRetry(RetryPolicy)),
  ),
  rules.rule("FIFO targets have a group", "a target that is a FIFO queue has SqsParameters.MessageGroupId", (rule) =>
    targets(rule).some((_, index) => {
      const queue = rule.target(`Targets.${index}.Arn`);
      return queue?.text("FifoQueue") === "true" && !rule.has(`Targets.${index}.SqsParameters.MessageGroupId`);
    }),
  ),
  rules.rule("queue lets the rule in", "a queue that is a target has a policy that lets EventBridge send", (rule) =>
    targets(rule).some((_, index) => {
      const queue = rule.target(`Targets.${index}.Arn`);
      return queue?.type === "AWS::SQS::Queue" && queue.namedBy("AWS::SQS::QueuePolicy", "Queues").length === 0;
    }),
  ),
];

const buses = new PropertyRules(
  "bus",
  "AWS::Events::EventBus",
  "eventbridge/latest/APIReference/API_CreateEventBus.html",
);
/** What EventBridge refuses in a bus. */
export const busRules: readonly ServiceRule[] = [
  buses.required("Name"),
  buses.shape("Name", /^(?!aws\.)[/.\-_A-Za-z0-9]{1,256}$/, "letters, digits, /, ., - and _, 256 at most, not aws.…"),
];

const archives = new PropertyRules(
  "archive",
  "AWS::Events::Archive",
  "eventbridge/latest/APIReference/API_CreateArchive.html",
);
/** What EventBridge refuses in an archive. */
export const archiveRules: readonly ServiceRule[] = [
  archives.shape("ArchiveName", /^[.\-_A-Za-z0-9]{1,48}$/, "letters, digits, ., - and _, 48 at most"),
  archives.range("RetentionDays", 0, Infinity),
  archives.required("SourceArn"),
];

const schedules = new PropertyRules(
  "schedule",
  "AWS::Scheduler::Schedule",
  "scheduler/latest/APIReference/API_CreateSchedule.html",
);
/** What EventBridge Scheduler refuses in a schedule. */
export const scheduleRules: readonly ServiceRule[] = [
  schedules.shape("Name", /^[0-9a-zA-Z-_.]{1,64}$/, "letters, digits, -, _ and ., 64 at most"),
  schedules.required("FlexibleTimeWindow.Mode"),
  schedules.oneOf("FlexibleTimeWindow.Mode", ["OFF", "FLEXIBLE"]),
  schedules.range("FlexibleTimeWindow.MaximumWindowInMinutes", 1, 1440),
  schedules.required("Target.RoleArn"),
  schedules.rule(
    "window only when flexible",
    "MaximumWindowInMinutes is there when Mode is FLEXIBLE, and only then",
    (schedule) =>
      schedule.has("FlexibleTimeWindow.MaximumWindowInMinutes") !==
      (schedule.text("FlexibleTimeWindow.Mode") === "FLEXIBLE"),
  ),
  schedules.rule(
    "expression well formed",
    "ScheduleExpression is rate(…), cron(…) or at(…)",
    (schedule) => !isSchedule(schedule.text("ScheduleExpression")),
  ),
  schedules.rule(
    "retries in range",
    "the target is tried again 185 times and for 86400 s at most",
    (schedule) => !isRetry(schedule.at("Target.RetryPolicy")),
  ),
  schedules.rule("role can be assumed", "the target's role trusts scheduler.amazonaws.com", (schedule) => {
    const role = schedule.target("Target.RoleArn");
    return role?.type === "AWS::IAM::Role" && !trusts(role, "scheduler.amazonaws.com");
  }),
];
