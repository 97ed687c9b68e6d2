import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { readEnv } from "../../shared/core/config.ts";
import { createRuntime } from "../../shared/execution/runtime/create-runtime.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { hooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { submitDeps, workflowStarter } from "../../shared/execution/run/create-submitter.ts";
import { jsonOf } from "../../shared/a2a/credentials.ts";
import { TenantId } from "../../shared/core/ids.ts";
import { receiveBatch, type TenantEvent } from "./receive-event.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "receive-event", jsonReplacerFn: maskLogged });
// Whose events those are that name no tenant: other services of the account know nothing of tenants.
const { OWNER_TENANT: owner } = readEnv({ OWNER_TENANT: TenantId });
const stores = createStores();
const deps = {
  ...createRuntime(logger),
  definitions: stores.control,
  start: workflowStarter(submitDeps(stores, hooksBefore(stores)), stores.control),
};
const Envelope = z.object({
  id: z.string(),
  source: z.string(),
  "detail-type": z.string(),
  detail: z.record(z.string(), z.unknown()),
  time: z.iso.datetime(),
});

interface ReadEvent extends TenantEvent {
  readonly record: SQSRecord;
}

/** What does not fit fails for ever and so ends in the dead-letter queue, where a person sees it. */
function readEvent(record: SQSRecord): ReadEvent | undefined {
  const envelope = Envelope.safeParse(jsonOf(record.body)).data;
  if (envelope === undefined) return undefined;
  const { "detail-type": detailType, time, ...rest } = envelope;
  const tenant = TenantId.safeParse(rest.detail["tenant"]).data ?? owner;
  return { record, tenant, event: { ...rest, detailType, time: new Date(time).toISOString() } };
}

/** EventBridge, our bus, through a queue: events that tasks may wait for and workflows may start with. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => {
    const read = Records.map((record) => ({ record, received: readEvent(record) }));
    const refused = await receiveBatch(deps, read.flatMap(({ received }) => received ?? []));
    for (const { failed, error } of refused) {
      const { tenant, record, event } = failed;
      logger.error("message failed", { tenant, messageId: record.messageId, event: event.id, error });
    }
    const unreadable = read.flatMap(({ record, received }) => (received === undefined ? [record] : []));
    const failed = [...unreadable, ...refused.map((one) => one.failed.record)];
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
