import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";

const db = new DynamoDBClient({});
const TableName = process.env["TABLE"];

/** `PUT /items/{id}` stores the body; `GET` reads it back, with what the authorizer said. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const pk = { S: event.pathParameters?.["id"] ?? "" };
  if (event.httpMethod === "PUT") {
    await db.send(new PutItemCommand({ TableName, Item: { pk, body: { S: event.body ?? "" } } }));
    return { statusCode: 202, headers: { "x-function": process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "" }, body: "{}" };
  }
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { pk } }));
  const { multiValueQueryStringParameters: query, requestContext } = event;
  return {
    statusCode: Item === undefined ? 404 : 200,
    body: JSON.stringify({ body: Item?.["body"]?.S, query, user: requestContext.authorizer?.["user"] }),
  };
}
