import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { StartedCloud } from "./started-cloud.ts";

/** The sweep over agents that a cloud's scheduler starts each minute, now. */
export async function sweepAgents(cloud: StartedCloud): Promise<void> {
  const endpoint = /embedded cloud\s+(http:\S+)/.exec(cloud.output)?.[1] ?? "";
  const lambda = new LambdaClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  });
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: "a2a-dev-check-agents", Payload: "{}" }),
  );
  expect(FunctionError, Payload?.transformToString()).toBeUndefined();
  lambda.destroy();
}
