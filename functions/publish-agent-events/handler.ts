import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import middy from "@middy/core";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import * as z from "zod";
import { documentClient, eventBridgeClient, sqsClient } from "../../shared/aws/clients.ts";
import { EVENT_PREFIX } from "../../shared/agents/store/keys.ts";
import { readEnv } from "../../shared/core/config.ts";
import { StoredAgentEvent } from "../../shared/agents/agent-events.ts";
import { hookMail } from "../../shared/hooks/delivery/hook-mail.ts";
import { hookReader } from "../../shared/hooks/store/hook-reader.ts";
import { publishAgentEvents } from "./publish-agent-events.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "publish-agent-events", jsonReplacerFn: maskLogged });
const env = readEnv({ BUS_NAME: z.string().min(1), CONTROL_TABLE: z.string().min(1), HOOK_QUEUE_URL: z.string().min(1) });
const deps = {
  bus: eventBridgeClient(),
  busName: env.BUS_NAME,
  hooks: hookReader({ db: documentClient(), table: env.CONTROL_TABLE }),
  order: hookMail(sqsClient(), env.HOOK_QUEUE_URL).order,
};

const Image = z.record(
  z.string(),
  z.custom<AttributeValue>((value) => typeof value === "object" && value !== null),
);

/** Deletions, by time to live as well, tell nothing. */
function readEvent({ dynamodb }: DynamoDBRecord): StoredAgentEvent[] {
  const isEvent = dynamodb?.Keys?.["sk"]?.S?.startsWith(EVENT_PREFIX) === true;
  return isEvent && dynamodb?.NewImage !== undefined
    ? [StoredAgentEvent.parse(unmarshall(Image.parse(dynamodb.NewImage)))]
    : [];
}

/** Stream of the agents table. A batch that fails comes again as a whole, which consumers tolerate. */
export const handler = middy<DynamoDBStreamEvent>()
  .use(injectLambdaContext(logger))
  .handler((event) => publishAgentEvents(deps, event.Records.flatMap(readEvent)));
