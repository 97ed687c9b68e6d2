import type { JsonObject } from "../../../../../infra/local/json.ts";
import { attribute, type Broken, each, many, set, text } from "./change.ts";

const target = (more: JsonObject): JsonObject => ({ Id: "queue", Arn: attribute("Queue"), ...more });

export const EVENTS: readonly Broken[] = [
  ...each("rule: Name well formed", set("Rule.Name", "two words", text(65))),
  ...each("rule: Description short enough", set("Rule.Description", text(513))),
  ...each(
    "rule: Targets few enough",
    set(
      "Rule.Targets",
      many(6).map((Id) => target({ Id })),
    ),
  ),
  ...each("rule: State known", set("Rule.State", "ON")),
  ...each("rule: something to hear", set("Rule.EventPattern", undefined)),
  ...each("rule: schedules on the default bus", set("Clock.EventBusName", "events")),
  ...each(
    "rule: schedule well formed",
    set("Clock.ScheduleExpression", "every 5 minutes", "rate(5 weeks)", "cron(0 12)"),
  ),
  ...each("rule: rates in the right number", set("Clock.ScheduleExpression", "rate(1 minutes)", "rate(5 minute)")),
  ...each("rule: pattern well formed", set("Rule.EventPattern", { source: "worker" }, { source: [] }, {}, "no json")),
  ...each("rule: pattern short enough", set("Rule.EventPattern", { source: [text(2048)] })),
  ...each("rule: targets told apart", set("Rule.Targets", [target({}), target({})], [{ Arn: attribute("Queue") }])),
  ...each("rule: one input", set("Rule.Targets", [target({ Input: "{}", InputPath: "$.detail" })])),
  ...each(
    "rule: retries in range",
    set(
      "Rule.Targets",
      [target({ RetryPolicy: { MaximumRetryAttempts: 186 } })],
      [target({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } })],
    ),
  ),
  ...each("rule: FIFO targets have a group", set("Rule.Targets", [target({ Arn: attribute("FifoQueue") })])),
  ...each("rule: queue lets the rule in", set("Rule.Targets", [target({ Arn: attribute("Dead") })])),
  ...each("bus: Name present", set("Bus.Name", undefined)),
  ...each("bus: Name well formed", set("Bus.Name", "aws.partner", "two words")),
  ...each("archive: ArchiveName well formed", set("Archive.ArchiveName", text(49))),
  ...each("archive: RetentionDays in range", set("Archive.RetentionDays", -1)),
  ...each("archive: SourceArn present", set("Archive.SourceArn", undefined)),
  ...each("schedule: Name well formed", set("Schedule.Name", text(65), "a/b")),
  ...each("schedule: FlexibleTimeWindow.Mode present", set("Schedule.FlexibleTimeWindow", undefined)),
  ...each("schedule: FlexibleTimeWindow.Mode known", set("Schedule.FlexibleTimeWindow.Mode", "ON")),
  ...each(
    "schedule: FlexibleTimeWindow.MaximumWindowInMinutes in range",
    set("Schedule.FlexibleTimeWindow", { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1441 }),
  ),
  ...each("schedule: Target.RoleArn present", set("Schedule.Target.RoleArn", undefined)),
  ...each(
    "schedule: window only when flexible",
    set("Schedule.FlexibleTimeWindow", { Mode: "FLEXIBLE" }, { Mode: "OFF", MaximumWindowInMinutes: 5 }),
  ),
  ...each("schedule: expression well formed", set("Schedule.ScheduleExpression", "hourly", "at(noon)")),
  ...each(
    "schedule: retries in range",
    set("Schedule.Target.RetryPolicy", { MaximumRetryAttempts: -1 }, { MaximumEventAgeInSeconds: 86_401 }),
  ),
  ...each("schedule: role can be assumed", set("Schedule.Target.RoleArn", attribute("Role"))),
];

export const MONITORING: readonly Broken[] = [
  ...each("alarm: ComparisonOperator present", set("Alarm.ComparisonOperator", undefined)),
  ...each("alarm: EvaluationPeriods present", set("Alarm.EvaluationPeriods", undefined)),
  ...each("alarm: AlarmName short enough", set("Alarm.AlarmName", text(256))),
  ...each("alarm: AlarmDescription short enough", set("Alarm.AlarmDescription", text(1025))),
  ...each("alarm: EvaluationPeriods in range", set("Alarm.EvaluationPeriods", 0)),
  ...each("alarm: AlarmActions few enough", set("Alarm.AlarmActions", many(6))),
  ...each("alarm: Dimensions few enough", set("Alarm.Dimensions", many(31))),
  ...each("alarm: Statistic known", set("Alarm.Statistic", "Mean")),
  ...each("alarm: TreatMissingData known", set("Alarm.TreatMissingData", "good")),
  ...each("alarm: ComparisonOperator known", set("Alarm.ComparisonOperator", ">")),
  ...each("alarm: period known", set("Alarm.Period", 45, 90, 0)),
  ...each("alarm: looks back a day at most", [
    { "Alarm.Period": 60, "Alarm.EvaluationPeriods": 1441 },
    { "Alarm.Period": 3600, "Alarm.EvaluationPeriods": 169 },
  ]),
  ...each("alarm: points within periods", set("Alarm.DatapointsToAlarm", 0, 4)),
  ...each("alarm: one subject", [{ "Alarm.MetricName": undefined }, { "Alarm.Metrics": [{ Id: "m1" }] }]),
  ...each("alarm: one statistic", [{ "Alarm.Statistic": undefined }, { "Alarm.ExtendedStatistic": "p95" }]),
  ...each("log group: RetentionInDays known", set("Logs.RetentionInDays", 10)),
  ...each("log group: LogGroupName well formed", set("Logs.LogGroupName", "two words", text(513))),
  ...each("log group: LogGroupClass known", set("Logs.LogGroupClass", "COLD")),
  ...each("topic: TopicName well formed", set("Topic.TopicName", "two words", text(257))),
  ...each("topic: DisplayName short enough", set("Topic.DisplayName", text(101))),
  ...each("topic: name says FIFO", [{ "Topic.TopicName": "alarms.fifo" }, { "Topic.FifoTopic": true }]),
];
