import * as z from "zod";
import type { BusEvent } from "./eventbridge/event.ts";
import { PutEventsEntry } from "./eventbridge/event.ts";
import type { EventBuses } from "./eventbridge/event-bus.ts";
import { parseJson, tryParseJson } from "./json.ts";
import type { LambdaService } from "./lambda/lambda-service.ts";
import { FunctionError } from "./lambda/lambda-service.ts";
import { chunksOf, type Meter } from "./meter.ts";
import type { SqsService } from "./sqs/sqs-service.ts";
import type { TurnDatabase } from "./state/turn-database.ts";
import type { ServiceIntegrations, StatusChangeEvent } from "./stepfunctions/integrations.ts";

const Attributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);

export interface IntegrationTargets {
  readonly database: TurnDatabase;
  readonly sqs: SqsService;
  readonly lambda: LambdaService;
  readonly buses: EventBuses;
  readonly meter?: Meter | undefined;
  /** Resolves when everything is deployed: executions of a former start go on before that. */
  readonly deployed: Promise<void>;
}

/** What state machines call, without HTTP in between. */
export function createIntegrations({
  database,
  sqs,
  lambda,
  buses,
  meter,
  deployed,
}: IntegrationTargets): ServiceIntegrations {
  return {
    async sendMessage({ queueUrl, body, delaySeconds, groupId, dedupId, attributes }) {
      await deployed;
      meter?.call("AmazonSQS.SendMessage", body);
      const { messageId } = sqs.send(sqs.queue(queueUrl), {
        body,
        delayMs: delaySeconds === undefined ? undefined : delaySeconds * 1000,
        groupId,
        dedupId,
        attributes: attributes === undefined ? undefined : Attributes.parse(attributes),
      });
      await database.committed();
      return { MessageId: messageId };
    },
    async invoke(functionArn, payload) {
      await deployed;
      const outcome = await lambda.invoke(functionArn, JSON.stringify(payload));
      const reply = parseJson(outcome.payload);
      return outcome.functionError === undefined
        ? { payload: reply }
        : { payload: reply, functionError: FunctionError.parse(reply) };
    },
    async putEvents(entries) {
      await deployed;
      const Entries = entries.map((entry) => buses.put(PutEventsEntry.parse(entry)));
      for (const entry of entries) meter?.add("events", chunksOf(JSON.stringify(entry)));
      await database.committed();
      return { FailedEntryCount: 0, Entries };
    },
  };
}

/** Puts a status change on the default bus; resolves when that is durable. */
export async function publishStatusChange(
  targets: Omit<IntegrationTargets, "lambda" | "sqs">,
  event: StatusChangeEvent,
): Promise<void> {
  await targets.deployed;
  const detail = { ...event.detail };
  targets.buses.publish("default", { ...event, detail } satisfies BusEvent);
  await targets.database.committed();
}

/** Puts the report of an asynchronous call on a bus. */
export function publishReport(buses: EventBuses, busArn: string, report: string): void {
  const isEvent = z
    .object({ source: z.string(), "detail-type": z.string(), detail: z.json() })
    .safeParse(tryParseJson(report));
  const Detail = isEvent.success ? JSON.stringify(isEvent.data.detail) : report;
  const Source = isEvent.success ? isEvent.data.source : "lambda";
  const DetailType = isEvent.success ? isEvent.data["detail-type"] : "Lambda Function Invocation Result";
  buses.put({ Source, DetailType, Detail, EventBusName: busArn, Resources: [] });
}
