import { DynamoRefusal } from "./refusal.ts";
import type { Item } from "./values/value.ts";

/** Why one write of a transaction did not happen, or `None`. */
export interface CancellationReason {
  readonly Code: "None" | "ConditionalCheckFailed" | "ValidationError" | "TransactionConflict";
  readonly Message?: string;
  /** The item that did not meet the condition, where the request asks for it. */
  readonly Item?: Item;
}

/** A condition does not hold. */
export class ConditionRefusal extends DynamoRefusal {
  /** What is there, where the request asks for it. */
  readonly item: Item | undefined;

  constructor(item: Item | undefined) {
    super("ConditionalCheckFailedException", "The conditional request failed");
    this.item = item;
  }
}

/** A transaction was cancelled; a reason for each of its writes, in their order. */
export class CancellationRefusal extends DynamoRefusal {
  readonly reasons: readonly CancellationReason[];

  constructor(reasons: readonly CancellationReason[]) {
    const codes = reasons.map(({ Code }) => Code).join(", ");
    super(
      "TransactionCanceledException",
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    );
    this.reasons = reasons;
  }
}
