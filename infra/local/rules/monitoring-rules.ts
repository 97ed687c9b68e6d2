import type { ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const alarms = new PropertyRules(
  "alarm",
  "AWS::CloudWatch::Alarm",
  "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
);
const DAY = 86_400;
const HOUR = 3600;

const period = (alarm: ResourceView): number => alarm.number("Period") ?? 0;
const looksAt = (alarm: ResourceView): number => period(alarm) * (alarm.number("EvaluationPeriods") ?? 1);

/** What CloudWatch refuses in an alarm. */
export const alarmRules: readonly ServiceRule[] = [
  alarms.required("ComparisonOperator"),
  alarms.required("EvaluationPeriods"),
  alarms.length("AlarmName", 255),
  alarms.length("AlarmDescription", 1024),
  alarms.range("EvaluationPeriods", 1, Infinity),
  alarms.most("AlarmActions", 5),
  alarms.most("Dimensions", 30),
  alarms.oneOf("Statistic", ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
  alarms.oneOf("TreatMissingData", ["breaching", "notBreaching", "ignore", "missing"]),
  alarms.oneOf("ComparisonOperator", [
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
  ]),
  alarms.rule("period known", "Period is 10, 20, 30 or a multiple of 60", (alarm) => {
    const seconds = alarm.number("Period");
    return seconds !== undefined && ![10, 20, 30].includes(seconds) && (seconds < 60 || seconds % 60 !== 0);
  }),
  alarms.rule(
    "looks back a day at most",
    "EvaluationPeriods × Period is a day at most, seven with periods of an hour",
    (alarm) => looksAt(alarm) > (period(alarm) >= HOUR ? 7 * DAY : DAY),
  ),
  alarms.rule("points within periods", "DatapointsToAlarm is 1 to EvaluationPeriods", (alarm) => {
    const points = alarm.number("DatapointsToAlarm");
    return points !== undefined && (points < 1 || points > (alarm.number("EvaluationPeriods") ?? 1));
  }),
  alarms.rule(
    "one subject",
    "an alarm has either MetricName or Metrics",
    (alarm) => alarm.has("MetricName") === alarm.has("Metrics"),
  ),
  alarms.rule(
    "one statistic",
    "a metric has either Statistic or ExtendedStatistic",
    (alarm) => alarm.has("MetricName") && alarm.has("Statistic") === alarm.has("ExtendedStatistic"),
  ),
];

const logs = new PropertyRules(
  "log group",
  "AWS::Logs::LogGroup",
  "AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
);
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What CloudWatch Logs refuses in a log group. */
export const logRules: readonly ServiceRule[] = [
  logs.oneOf("RetentionInDays", RETENTIONS),
  logs.shape("LogGroupName", /^[.\-_/#A-Za-z0-9]{1,512}$/, "letters, digits, ., -, _, / and #, 512 at most"),
  logs.oneOf("LogGroupClass", ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]),
];

const topics = new PropertyRules("topic", "AWS::SNS::Topic", "sns/latest/api/API_CreateTopic.html");

/** What SNS refuses in a topic. */
export const topicRules: readonly ServiceRule[] = [
  topics.shape("TopicName", /^(?=.{1,256}$)[A-Za-z0-9_-]+(\.fifo)?$/, "letters, digits, - and _, 256 at most"),
  topics.length("DisplayName", 100),
  topics.rule("name says FIFO", "the name of a FIFO topic, and of no other, ends with .fifo", (topic) => {
    const name = topic.text("TopicName");
    return name !== undefined && name.endsWith(".fifo") !== (topic.text("FifoTopic") === "true");
  }),
];
