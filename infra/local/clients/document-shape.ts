/** Where values of a table's rows lie in a request or an answer of DynamoDB. */
export type Shape =
  /** Values by name. */
  | "item"
  | { readonly list: Shape }
  /** Under whatever names. */
  | { readonly each: Shape }
  /** Under these names; what has another is left as it is. */
  | { readonly fields: Readonly<Record<string, Shape>> };

const written: Shape = { fields: { Item: "item", Key: "item", ExpressionAttributeValues: "item" } };
const rows: Shape = { list: "item" };
const batch: Shape = { each: { list: { fields: { PutRequest: written, DeleteRequest: written } } } };
const keys: Shape = { each: { fields: { Keys: rows } } };

const REQUEST: Shape = {
  fields: { Item: "item", Key: "item", ExpressionAttributeValues: "item", ExclusiveStartKey: "item" },
};
const ANSWER: Shape = { fields: { Item: "item", Attributes: "item", Items: rows, LastEvaluatedKey: "item" } };

const REQUESTS: Readonly<Record<string, Shape>> = {
  BatchGetItem: { fields: { RequestItems: keys } },
  BatchWriteItem: { fields: { RequestItems: batch } },
  TransactGetItems: { fields: { TransactItems: { list: { fields: { Get: written } } } } },
  TransactWriteItems: {
    fields: { TransactItems: { list: { fields: { Put: written, Update: written, Delete: written, ConditionCheck: written } } } },
  },
};
const ANSWERS: Readonly<Record<string, Shape>> = {
  BatchGetItem: { fields: { Responses: { each: rows }, UnprocessedKeys: keys } },
  BatchWriteItem: { fields: { UnprocessedItems: batch } },
  TransactGetItems: { fields: { Responses: { list: ANSWER } } },
};

export const requestShape = (operation: string): Shape => REQUESTS[operation] ?? REQUEST;
export const answerShape = (operation: string): Shape => ANSWERS[operation] ?? ANSWER;

/** A copy in which every item that a shape knows of is converted. */
export function convert(shape: Shape, value: unknown, item: (values: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (shape === "item") return item(value);
  if ("list" in shape) return Array.isArray(value) ? value.map((each: unknown) => convert(shape.list, each, item)) : value;
  const shapeOf = (name: string): Shape | undefined => ("each" in shape ? shape.each : shape.fields[name]);
  const entries = Object.entries(value).map(([name, each]: [string, unknown]): [string, unknown] => {
    const inner = shapeOf(name);
    return [name, inner === undefined ? each : convert(inner, each, item)];
  });
  return Object.fromEntries(entries);
}
