/** A refusal in the words of DynamoDB: `code` is what SDK clients name their exception after. */
export class DynamoRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const invalid = (message: string): DynamoRefusal => new DynamoRefusal("ValidationException", message);

/** For parameters whose combination or content does not fit. */
export const invalidParameter = (message: string): DynamoRefusal =>
  invalid(`One or more parameter values were invalid: ${message}`);
