import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { createControl } from "../../shared/execution/control/create-control.ts";
import { sqsClient } from "../../shared/aws/clients.ts";
import { sqsDepth } from "../../shared/execution/store/queue-depth.ts";
import { hooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { reconcileExecutions } from "./reconcile-executions.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "reconcile-executions", jsonReplacerFn: maskLogged });
const stores = createStores();
const deps = { ...createControl(stores), before: hooksBefore(stores), durations: stores.durations, depth: sqsDepth(sqsClient()) };

/** EventBridge Scheduler, every minute. */
export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const { failed, ...mended } = await reconcileExecutions(deps);
    if (Object.values(mended).some((count) => count > 0)) logger.warn("mended executions", mended);
    for (const { executionId, error } of failed) logger.error("execution cannot be mended", { executionId, error });
  });
