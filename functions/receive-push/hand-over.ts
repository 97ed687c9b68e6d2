import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Logger } from "@aws-lambda-powertools/logger";
import type { SettleMessage } from "../../shared/execution/messages.ts";

/** Who carries a genuine push on. */
export interface Carriers {
  readonly lambda: Pick<LambdaClient, "send">;
  /** Function that settles tasks. */
  readonly settleFunction: string;
  readonly queue: (message: SettleMessage) => Promise<void>;
  readonly logger: Pick<Logger, "warn">;
}

/** Has a push followed up at once; where the function takes no call now, by the queue. */
export const handOver =
  ({ lambda, settleFunction, queue, logger }: Carriers) =>
  async (message: SettleMessage): Promise<void> => {
    try {
      await lambda.send(
        new InvokeCommand({ FunctionName: settleFunction, InvocationType: "Event", Payload: JSON.stringify(message) }),
      );
    } catch (error) {
      logger.warn("a push goes by the queue: its function took no call", { error });
      await queue(message);
    }
  };
