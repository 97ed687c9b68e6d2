import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
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
 * An alarm of every alert rule whose metric is CloudWatch's; of a rule over several queues one for each, which costs no more
 * than one over all of their metrics and says which it is.
 *
 * @throws {Error} a rule names what is not there.
 */
export function declareAlarms(scope: Construct, props: AlarmSetProps): void {
  for (const rule of ALERT_RULES) {
    if (rule.cloudWatch === undefined) continue;
    const { id, periods } = rule.cloudWatch;
    for (const { suffix, metric } of metricsOf(rule.cloudWatch, props)) {
      const alarm = new Alarm(scope, [id, ...suffix].join("-"), {
        alarmName: [nameOf(props.deployment), rule.name, ...suffix].join(" "),
        alarmDescription: describe(rule),
        metric,
        threshold: rule.unit === "seconds" ? rule.threshold * 1000 : rule.threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(props.topic));
    }
  }
}

/** Longest description of an alarm. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const DESCRIPTION_CHARACTERS = 1024;

const describe = ({ runbook: { meaning, firstLook, fix } }: AlertRule): string =>
  `Meaning: ${meaning} First look: ${firstLook} Fix: ${fix}`.replaceAll("`", "").slice(0, DESCRIPTION_CHARACTERS);

interface WatchedMetric {
  /** What tells the alarm from others of its rule. */
  readonly suffix: readonly string[];
  readonly metric: IMetric;
}

function metricsOf(signal: CloudWatchSignal, props: AlarmSetProps): readonly WatchedMetric[] {
  if (signal.metric !== "queue_depth") return [{ suffix: [], metric: metricOf(signal, props) }];
  return signal.queues.map((name) => ({
    suffix: signal.queues.length === 1 ? [] : [name],
    metric: named(props.queues, name).metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: "Maximum" }),
  }));
}

function metricOf(signal: Exclude<CloudWatchSignal, { metric: "queue_depth" }>, { deployment, streamReaders }: AlarmSetProps): IMetric {
  switch (signal.metric) {
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
