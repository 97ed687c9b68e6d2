import * as z from "zod";
import type { CloudServices } from "./cloud-services.ts";
import { dynamoOperations } from "./dynamodb/dynamodb-api.ts";
import { streamOperations } from "./dynamodb/streams-api.ts";
import { eventsOperations } from "./eventbridge/events-api.ts";
import type { OpenOptions } from "./foundation.ts";
import { handleLambdaRequest, lambdaOperations } from "./lambda/lambda-api.ts";
import { CUSTOM_RESOURCE_PATH } from "./resources/custom-resources.ts";
import { parametersOperations, secretsOperations } from "./secrets/secrets-api.ts";
import { sqsOperations } from "./sqs/sqs-api.ts";
import { stepFunctionsHandler } from "./stepfunctions/api.ts";
import { AwsError } from "./wire/aws-error.ts";
import type { FrontRoutes } from "./wire/front-server.ts";
import { readBody } from "./wire/http-body.ts";
import type { Operation } from "./wire/operation.ts";

/** Where a metered cloud tells what was used. */
const METER_PATH = "/_meter";

/** Which service answers what, behind the endpoint. */
export function frontRoutes(cloud: CloudServices, { log, meter }: Pick<OpenOptions, "log" | "meter">): FrontRoutes {
  const { sqs, buses, outbox, secrets, lambda, customResources, objects, dynamo } = cloud;
  return {
    services: {
      DynamoDB_20120810: dynamoOperations(dynamo),
      DynamoDBStreams_20120810: streamOperations(dynamo),
      AmazonSQS: sqsOperations(sqs),
      AWSEvents: eventsOperations({ buses, outbox, meter }),
      secretsmanager: secretsOperations(secrets),
      AmazonSSM: parametersOperations(secrets),
      AWSStepFunctions: stepFunctions(cloud),
      AWSLambda: lambdaOperations(lambda),
    },
    paths: [
      {
        prefix: "/2015-03-31/functions",
        handle: (request, response) => handleLambdaRequest(lambda, request, response),
      },
      {
        prefix: METER_PATH,
        handle: async (_, response) => void response.setHeader("content-type", "application/json").end(JSON.stringify(meter?.amounts ?? {})),
      },
      {
        prefix: CUSTOM_RESOURCE_PATH,
        handle: async (request, response) => {
          const body = await readBody(request);
          customResources.answer((request.url ?? "").slice(CUSTOM_RESOURCE_PATH.length), body.toString());
          response.writeHead(200).end();
        },
      },
    ],
    onCall: (target, body) => meter?.call(target, body),
    forwards: { s3: () => objects.endpoint },
    log,
  };
}

const TargetBody = z.object({ target: z.string(), body: z.json() });
const Refusal = z.object({ __type: z.string(), message: z.string() });

function stepFunctions({ engine }: CloudServices): Operation {
  const handle = stepFunctionsHandler(engine);
  return async (request) => {
    const { target, body: input } = TargetBody.parse(request);
    const { status, body } = await handle(target, input);
    if (status === 200) return body;
    const { __type: code, message } = Refusal.parse(body);
    throw new AwsError(code, message, status);
  };
}
