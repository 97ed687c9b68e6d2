import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import * as z from "zod";
import { readEnv } from "../../shared/config.ts";
import { createRuntime } from "../../shared/runtime/create-runtime.ts";
import { createStores } from "../../shared/runtime/create-stores.ts";
import { submitDeps, workflowStarter } from "../../shared/runtime/create-submitter.ts";
import { TenantId } from "../../shared/schemas/messages.ts";
import { receiveEvent } from "./receive-event.ts";

const logger = new Logger({ serviceName: "receive-event" });
// Whose events those are that name no tenant: other services of the account know nothing of tenants.
const { OWNER_TENANT: owner } = readEnv({ OWNER_TENANT: TenantId });
const stores = createStores();
const deps = {
  ...createRuntime(logger),
  definitions: stores.control,
  start: workflowStarter(submitDeps(stores), stores.control),
};
const Envelope = z.object({
  id: z.string(),
  source: z.string(),
  "detail-type": z.string(),
  detail: z.record(z.string(), z.unknown()),
  time: z.iso.datetime(),
});

/** EventBridge, our bus: events that tasks may wait for and workflows may start with. */
export const handler = middy<EventBridgeEvent<string, unknown>>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const { "detail-type": detailType, time, ...rest } = Envelope.parse(event);
    const tenant = TenantId.safeParse(rest.detail["tenant"]).data ?? owner;
    await receiveEvent(deps, tenant, { ...rest, detailType, time: new Date(time).toISOString() });
  });
