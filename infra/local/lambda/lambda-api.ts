import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { readBody } from "../wire/http-body.ts";
import { AwsError } from "../wire/aws-error.ts";
import { operation, type Operations } from "../wire/operation.ts";
import type { LambdaService } from "./lambda-service.ts";

/** Answers `/2015-03-31/functions/{name}/invocations` and `GET …/functions[/{name}]`. @throws {AwsError} */
export async function handleLambdaRequest(
  lambda: LambdaService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const [, , collection = "", encodedName, action] = pathname.split("/");
  if (collection !== "functions") throw new AwsError("ResourceNotFoundException", `no Lambda path ${pathname}`, 404);
  const name = decodeURIComponent(encodedName ?? "");
  if (action === "invocations" && request.method === "POST") return invoke(lambda, { name, request, response });
  if (request.method !== "GET")
    throw new AwsError("InvalidRequestContentException", "only invocations are supported here");
  const describe = ({
    name: FunctionName,
    arn: FunctionArn,
    handler: Handler,
  }: ReturnType<LambdaService["settings"]>): object => ({
    FunctionName,
    FunctionArn,
    Handler,
    Runtime: "nodejs24.x",
  });
  const body =
    name === "" ? { Functions: lambda.functions.map(describe) } : { Configuration: describe(lambda.settings(name)) };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const Event = z.object({ FunctionName: z.string(), InvocationType: z.literal("Event"), Payload: z.string().default("{}") });

/** What clients of this cloud's own threads call without HTTP: events. AWS has no such protocol for Lambda. */
export const lambdaOperations = (lambda: LambdaService): Operations => ({
  Invoke: operation(Event, async ({ FunctionName, Payload }) => {
    lambda.invokeAsync(FunctionName, Payload);
    await lambda.accepted();
    return { StatusCode: 202 };
  }),
});

interface InvokeCall {
  readonly name: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function invoke(lambda: LambdaService, { name, request, response }: InvokeCall): Promise<void> {
  const payload = (await readBody(request)).toString() || "{}";
  switch (request.headers["x-amz-invocation-type"] ?? "RequestResponse") {
    case "DryRun":
      lambda.settings(name);
      response.writeHead(204).end();
      return;
    case "Event":
      lambda.invokeAsync(name, payload);
      await lambda.accepted();
      response.writeHead(202).end();
      return;
    default: {
      const [tenant] = [request.headers["x-amz-tenant-id"]].flat();
      const outcome = await lambda.invoke(name, payload, tenant);
      const error = outcome.functionError === undefined ? {} : { "x-amz-function-error": outcome.functionError };
      response.writeHead(200, { "content-type": "application/json", "x-amz-executed-version": "$LATEST", ...error });
      response.end(outcome.payload);
    }
  }
}
