import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { StoreUnavailableError } from "../../core/errors.ts";
import { CommandResult } from "../command/command-order.ts";
import type { ActionDeps } from "./delivery.ts";

/** Has the function run commands that has a sandbox for each tenant. @throws {StoreUnavailableError} it failed itself. */
export const commandRunner =
  (lambda: LambdaClient, FunctionName: string): ActionDeps["runCommand"] =>
  async (TenantId, order) => {
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, TenantId, Payload: JSON.stringify(order) }));
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) throw new StoreUnavailableError(`the function that runs commands failed: ${text.slice(0, 500)}`);
    return CommandResult.parse(JSON.parse(text));
  };
