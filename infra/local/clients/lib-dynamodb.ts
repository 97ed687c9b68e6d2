import { fromAttributes, toAttributes } from "./attribute-value.ts";
import { DYNAMODB } from "./client-dynamodb.ts";
import { answerShape, convert, requestShape } from "./document-shape.ts";
import { callService, type Command, operationOf } from "./thin-client.ts";

class DocumentCommand {
  readonly input: object;

  constructor(input: object) {
    this.input = input;
  }
}

export class GetCommand extends DocumentCommand {}
export class PutCommand extends DocumentCommand {}
export class UpdateCommand extends DocumentCommand {}
export class DeleteCommand extends DocumentCommand {}
export class QueryCommand extends DocumentCommand {}
export class ScanCommand extends DocumentCommand {}
export class BatchGetCommand extends DocumentCommand {}
export class BatchWriteCommand extends DocumentCommand {}
export class TransactWriteCommand extends DocumentCommand {}
export class TransactGetCommand extends DocumentCommand {}

/** By the names of their commands; those of the plain client have their values as the protocol has them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  GetCommand: "GetItem",
  PutCommand: "PutItem",
  UpdateCommand: "UpdateItem",
  DeleteCommand: "DeleteItem",
  QueryCommand: "Query",
  ScanCommand: "Scan",
  BatchGetCommand: "BatchGetItem",
  BatchWriteCommand: "BatchWriteItem",
  TransactWriteCommand: "TransactWriteItems",
  TransactGetCommand: "TransactGetItems",
};

/** The document client: plain values in, plain values out. */
export class DynamoDBDocumentClient {
  static from(): DynamoDBDocumentClient {
    return new DynamoDBDocumentClient();
  }

  async send(command: Command): Promise<unknown> {
    const operation = OPERATIONS[command.constructor.name];
    if (operation === undefined) return callService(DYNAMODB, operationOf(command), command.input);
    const request = convert(requestShape(operation), command.input, toAttributes);
    const answer = await callService(DYNAMODB, operation, request);
    return convert(answerShape(operation), answer, fromAttributes);
  }

  destroy(): void {}
}
