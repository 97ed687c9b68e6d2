import type { APIGatewayProxyEvent } from "aws-lambda";

/** A header of the request, in any spelling. @param name in lower case. */
export function headerOf({ headers }: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}

/** The version of A2A that the caller names. It may also stand in the query (specification §3.6.1). */
export const versionOf = (event: APIGatewayProxyEvent): string | undefined =>
  headerOf(event, "a2a-version") ?? event.queryStringParameters?.["A2A-Version"];

/** The body as text; empty when there is none. */
export const bodyOf = ({ body, isBase64Encoded }: APIGatewayProxyEvent): string =>
  body === null ? "" : isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;

/** The deployment's URL as its callers know it, stage included. @param publicBaseUrl what the operator says it is. */
export function baseUrlOf(event: APIGatewayProxyEvent, publicBaseUrl: string): string {
  if (publicBaseUrl !== "") return publicBaseUrl.replace(/\/+$/, "");
  const { domainName = "localhost", path } = event.requestContext;
  const protocol = headerOf(event, "x-forwarded-proto") === "http" ? "http" : "https";
  return `${protocol}://${domainName}${path.slice(0, path.length - event.path.length)}`;
}
