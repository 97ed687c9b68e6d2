import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { DynamoDBStreamEvent } from "aws-lambda";

const events = new EventBridgeClient({});

/** Turns new items into events. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  for (let index = 0; index < Records.length; index += 10) {
    const Entries = Records.slice(index, index + 10).map(({ dynamodb }) => ({
      EventBusName: process.env["BUS"],
      Source: "mini.app",
      DetailType: "item.stored",
      Detail: JSON.stringify({ id: dynamodb?.Keys?.["pk"]?.S, body: dynamodb?.NewImage?.["body"]?.S }),
    }));
    const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries }));
    if (FailedEntryCount !== 0) throw new Error("events were refused");
  }
}
