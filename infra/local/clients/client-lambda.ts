import * as sdk from "@aws-sdk/client-lambda";
import { callService } from "./thin-client.ts";

export * from "@aws-sdk/client-lambda";

/** Calls of functions: events without HTTP in between, others as the SDK makes them. */
export class LambdaClient {
  readonly #sdk: sdk.LambdaClient;

  constructor(config: sdk.LambdaClientConfig) {
    this.#sdk = new sdk.LambdaClient(config);
  }

  send(command: sdk.InvokeCommand): Promise<object> {
    const { input } = command;
    return input.InvocationType === "Event" ? callService({ prefix: "AWSLambda", sdk }, "Invoke", input) : this.#sdk.send(command);
  }

  destroy(): void {
    this.#sdk.destroy();
  }
}
