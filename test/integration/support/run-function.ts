import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { StartedCloud } from "./started-cloud.ts";

/** Invokes a function of a cloud that its scheduler starts each minute, now. */
export async function runFunction(cloud: StartedCloud, folder: string): Promise<void> {
  const endpoint = /embedded cloud\s+(http:\S+)/.exec(cloud.output)?.[1] ?? "";
  const lambda = new LambdaClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  });
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: `a2a-dev-${folder}`, Payload: "{}" }));
  expect(FunctionError, Payload?.transformToString()).toBeUndefined();
  lambda.destroy();
}
