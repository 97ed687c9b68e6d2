import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import * as events from "../../../infra/local/clients/client-eventbridge.ts";
import * as sfn from "../../../infra/local/clients/client-sfn.ts";
import * as sqs from "../../../infra/local/clients/client-sqs.ts";
import type { Aws } from "./clients.ts";

/** The same AWS through the clients that functions of the embedded cloud have, as far as there are any. */
export const openWithin = (aws: Aws): Aws => ({
  ...aws,
  sqs: z.custom<SQSClient>().parse(new sqs.SQSClient()),
  sfn: z.custom<SFNClient>().parse(new sfn.SFNClient()),
  events: z.custom<EventBridgeClient>().parse(new events.EventBridgeClient()),
});
