import * as sdk from "@aws-sdk/client-sfn";
import { thinClient } from "./thin-client.ts";

export * from "@aws-sdk/client-sfn";
export const SFNClient = thinClient({ prefix: "AWSStepFunctions", sdk });
