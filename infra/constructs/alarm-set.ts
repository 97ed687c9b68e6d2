import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, MathExpression, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import type { AlertRule, CloudWatchSignal } from "../../shared/incidents/rules/alert-rule.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface AlarmSetProps {
  readonly deployment: Deployment;
  /** Every queue that a rule names. */
  readonly queues: readonly Queue[];
  /** Every function that reads a stream which a rule names. */
  readonly streamReaders: readonly LambdaFunction[];
  readonly topic: ITopic;
}

const PERIOD = { period: Duration.minutes(1) };

/**
 * An alarm of every alert rule whose metric is CloudWatch's.
 *
 * @throws {Error} a rule names what is not there.
 */
export function declareAlarms(scope: Construct, props: AlarmSetProps): void {
  for (const rule of ALERT_RULES) {
    if (rule.cloudWatch === undefined) continue;
    const { id, periods } = rule.cloudWatch;
    const alarm = new Alarm(scope, id, {
      alarmName: `${nameOf(props.deployment)} ${rule.name}`,
      alarmDescription: describe(rule),
      metric: metricOf(rule.cloudWatch, props),
      threshold: rule.unit === "seconds" ? rule.threshold * 1000 : rule.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(props.topic));
  }
}

/** Longest description of an alarm. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const DESCRIPTION_CHARACTERS = 1024;

const describe = ({ runbook: { meaning, firstLook, fix } }: AlertRule): string =>
  `Meaning: ${meaning} First look: ${firstLook} Fix: ${fix}`.replaceAll("`", "").slice(0, DESCRIPTION_CHARACTERS);

function metricOf(signal: CloudWatchSignal, { deployment, queues, streamReaders }: AlarmSetProps): IMetric {
  switch (signal.metric) {
    case "queue_depth":
      return deepest(signal.queues.map((name) => named(queues, name)));
    case "iterator_age":
      return new Metric({
        namespace: "AWS/Lambda",
        metricName: "IteratorAge",
        dimensionsMap: { FunctionName: named(streamReaders, signal.reader).functionName },
        ...PERIOD,
        statistic: "Maximum",
      });
    case "duration_p95":
      return new Metric({
        namespace: "AWS/Lambda",
        metricName: "Duration",
        dimensionsMap: { FunctionName: nameOf(deployment, signal.worker) },
        ...PERIOD,
        statistic: "p95",
      });
    case "throttles":
      return new Metric({ namespace: "AWS/Lambda", metricName: "Throttles", ...PERIOD, statistic: "Sum" });
    default:
      return signal satisfies never;
  }
}

/** Functions stand inside their construct, which has the name. */
function named<Named extends Construct>(all: readonly Named[], name: string): Named {
  const found = all.find(({ node }) => node.id === name || node.scope?.node.id === name);
  if (found === undefined) throw new Error(`an alert rule names '${name}', which is not deployed`);
  return found;
}

function deepest(queues: readonly Queue[]): IMetric {
  const [first, ...others] = queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: "Maximum" }));
  if (first === undefined) throw new Error("an alert rule names no queue");
  if (others.length === 0) return first;
  const usingMetrics = Object.fromEntries([first, ...others].map((metric, index) => [`q${index}`, metric]));
  return new MathExpression({ expression: `MAX([${Object.keys(usingMetrics).join(", ")}])`, usingMetrics, ...PERIOD });
}
