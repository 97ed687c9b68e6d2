import type { Item } from "./values/value.ts";

/** Why one write of a transaction did not happen, or `None`. */
export interface CancellationReason {
  readonly Code: "None" | "ConditionalCheckFailed" | "ValidationError" | "TransactionConflict" | "ThrottlingError";
  readonly Message?: string;
  /** The item that did not meet the condition, where the request asks for it. */
  readonly Item?: Item;
}

interface RefusalDetails {
  readonly item?: Item;
  readonly reasons?: readonly CancellationReason[];
}

/** A refusal in the words of DynamoDB: `code` is what SDK clients name their exception after. */
export class DynamoRefusal extends Error {
  readonly code: string;
  readonly details: RefusalDetails;

  constructor(code: string, message: string, details: RefusalDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const invalid = (message: string): DynamoRefusal => new DynamoRefusal("ValidationException", message);

/** For parameters whose combination or content does not fit. */
export const invalidParameter = (message: string): DynamoRefusal =>
  invalid(`One or more parameter values were invalid: ${message}`);
