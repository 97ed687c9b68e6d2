import type { IncomingMessage } from "node:http";
import type { RestApi, RouteMatch } from "./rest-api.ts";

type Strings = Readonly<Record<string, string>>;

/** The event of a Lambda proxy integration, payload format 1.0. */
export interface ProxyEvent {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Strings;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters: Strings | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null;
  readonly pathParameters: Strings | null;
  readonly stageVariables: Strings | null;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

export interface ProxyRequest {
  readonly api: RestApi;
  readonly accountId: string;
  readonly stage: string;
  /** After the stage. */
  readonly path: string;
  readonly query: string;
  readonly request: IncomingMessage;
  readonly match: RouteMatch;
  readonly requestId: string;
  readonly body: Buffer;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export function proxyEvent(input: ProxyRequest): ProxyEvent {
  const { request, match, path, body, api } = input;
  const headers = headersOf(request);
  const query = group([...new URLSearchParams(input.query)]);
  const isBinary = isBinaryBody(api, request);
  const variables = api.stages.get(input.stage) ?? {};
  return {
    resource: match.method.resourcePath,
    path,
    httpMethod: request.method ?? "GET",
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: Object.keys(query).length === 0 ? null : lastOf(query),
    multiValueQueryStringParameters: Object.keys(query).length === 0 ? null : query,
    pathParameters: match.pathParameters,
    stageVariables: Object.keys(variables).length === 0 ? null : variables,
    requestContext: requestContext(input),
    body: body.length === 0 ? null : body.toString(isBinary ? "base64" : "utf8"),
    isBase64Encoded: isBinary && body.length > 0,
  };
}

function requestContext(input: ProxyRequest): Record<string, unknown> {
  const { api, accountId, stage, path, request, match, requestId } = input;
  const now = Date.now();
  const host = request.headers.host ?? "localhost";
  return {
    resourceId: match.method.resourceId,
    resourcePath: match.method.resourcePath,
    httpMethod: request.method,
    extendedRequestId: requestId,
    requestTime: requestTime(new Date(now)),
    path: `/${stage}${path}`,
    accountId,
    protocol: `HTTP/${request.httpVersion}`,
    stage,
    domainPrefix: host.split(".")[0],
    requestTimeEpoch: now,
    requestId,
    identity: identityOf(request),
    domainName: host,
    deploymentId: "local",
    apiId: api.id,
  };
}

function identityOf(request: IncomingMessage): Record<string, string | null> {
  const nothing = ["cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "principalOrgId", "accessKey"];
  const more = ["cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "user"];
  return {
    ...Object.fromEntries([...nothing, ...more].map((name) => [name, null])),
    sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
    userAgent: request.headers["user-agent"] ?? null,
  };
}

/** Header names as the client spelled them, with what CloudFront and the gateway add. */
function headersOf(request: IncomingMessage): Record<string, string[]> {
  const pairs: [string, string][] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    pairs.push([request.rawHeaders[index] ?? "", request.rawHeaders[index + 1] ?? ""]);
  }
  const forwarded = ["X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"];
  const own = pairs.filter(([name]) => !forwarded.some((each) => each.toLowerCase() === name.toLowerCase()));
  const port = String(request.socket.localPort ?? "");
  return {
    ...group(own),
    "X-Forwarded-For": [request.socket.remoteAddress ?? "127.0.0.1"],
    "X-Forwarded-Port": [port],
    "X-Forwarded-Proto": ["http"],
  };
}

function group(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = grouped.get(name);
    if (values === undefined) grouped.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(grouped);
}

function lastOf(grouped: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(grouped).map(([name, values]) => [name, values.at(-1) ?? ""]));
}

function isBinaryBody({ binaryMediaTypes }: RestApi, request: IncomingMessage): boolean {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  return binaryMediaTypes.some(
    (each) => each === "*/*" || each === type || (each.endsWith("/*") && type.startsWith(each.slice(0, -1))),
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function requestTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${day}/${MONTHS[date.getUTCMonth()] ?? ""}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
