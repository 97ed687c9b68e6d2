import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { MachineStatus, trackExecution } from "./track-execution.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "track-execution", jsonReplacerFn: maskLogged });
const runtime = createRuntime(logger);

/** EventBridge, default bus: a state machine's execution changed its status. */
export const handler = middy<EventBridgeEvent<string, unknown>>()
  .use(injectLambdaContext(logger))
  .handler((event) => trackExecution(runtime, MachineStatus.parse(event.detail)));
