import type { APIGatewayProxyEvent } from "aws-lambda";
import { A2aFault, type Fault, faultOf, internalFault } from "../../shared/endpoint/wire/faults.ts";
import {
  operationOf,
  readRpcRequest,
  rpcError,
  type RpcId,
  rpcIdOf,
  rpcResult,
} from "../../shared/endpoint/wire/json-rpc.ts";
import { type Dialect, dialectAskedFor } from "../../shared/endpoint/wire/negotiate.ts";
import { encodeEvent, encodeOutcome, type Outcome } from "../../shared/endpoint/wire/outcome.ts";
import { readJson } from "../../shared/endpoint/wire/read-json.ts";
import { operationAt, restError } from "../../shared/endpoint/wire/rest.ts";
import { whenLeft } from "../../shared/core/when-left.ts";
import { Caller } from "../../shared/http/caller.ts";
import { SECURITY_HEADERS } from "../../shared/http/problem.ts";
import { refuseAltered, UnauthenticatedError } from "../../shared/http/request.ts";
import { WORKFLOW_EXTENSION } from "../../shared/core/a2a-extensions.ts";
import { answerDiscovery } from "./answer-discovery.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";
import { SILENCE } from "./follow-task.ts";
import { type Events, perform, type Performed, type Waiting } from "./perform.ts";
import { baseUrlOf, bodyOf, headerOf, versionOf } from "./request-parts.ts";

/** What the endpoint sends: a text, or pieces of one as they come. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncGenerator<string, void, undefined>;
}

/** What one request has beside its event. */
export interface Circumstances {
  /** URL of the deployment as the operator says it; empty: the one that the caller used. */
  readonly publicBaseUrl: string;
  /** Whether the caller has gone. */
  readonly isClosed: () => boolean;
  readonly onDefect: (error: unknown) => void;
}

const JSON_TYPE = "application/json";
const STREAM_TYPE = "text/event-stream";
/** Where the endpoint is, below the deployment's URL. */
const PATH = "/a2a";

/** Answers one request: the public documents, JSON-RPC at the endpoint's own path, HTTP+JSON below it. Never throws. */
export async function answerRequest(
  deps: EndpointDeps,
  event: APIGatewayProxyEvent,
  around: Circumstances,
): Promise<Answer> {
  const base = baseUrlOf(event, around.publicBaseUrl);
  if (!event.path.startsWith(PATH)) return answerDiscovery(base, event, { signCard: deps.signCard, onDefect: around.onDefect });
  const url = `${base}${PATH}`;
  const path = event.path.slice(PATH.length);
  return path === "" || path === "/"
    ? answerRpc(deps, event, { ...around, url })
    : answerRest(deps, event, { ...around, url, path });
}

async function answerRpc(
  deps: EndpointDeps,
  event: APIGatewayProxyEvent,
  around: Circumstances & { url: string },
): Promise<Answer> {
  let id: RpcId = null;
  let dialect: Dialect = "1.0";
  const refuse = (fault: Fault): object => rpcError(id, fault, dialect);
  try {
    requireJson(event);
    const { value: body, altered } = readJson(bodyOf(event));
    // An id that is altered answers nothing.
    if (!altered.altered.some(({ path }) => path.join(".") === "id")) id = rpcIdOf(body);
    refuseAltered(altered);
    const call = callOf(event, around.url);
    ({ dialect } = call);
    const operation = operationOf(readRpcRequest(body), dialect);
    const performed = await perform(deps, call, operation, around.isClosed);
    return await send(performed, dialect, { wrap: (result) => rpcResult(id, result), refuse, around, event });
  } catch (error) {
    const fault = explain(error, event, around);
    return refusal(fault.isOfTransport ? fault.http : 200, refuse(fault), fault);
  }
}

async function answerRest(
  deps: EndpointDeps,
  event: APIGatewayProxyEvent,
  around: Circumstances & { url: string; path: string },
): Promise<Answer> {
  try {
    const call = callOf(event, around.url, ["1.0"]);
    const text = bodyOf(event);
    if (text !== "") requireJson(event);
    const { httpMethod: method, queryStringParameters: query } = event;
    const { value: body, altered } = text === "" ? { value: {}, altered: { altered: [], halves: [] } } : readJson(text);
    refuseAltered(altered);
    const operation = operationAt({
      method,
      path: around.path,
      query: query ?? {},
      body,
    });
    const performed = await perform(deps, call, operation, around.isClosed);
    return await send(performed, call.dialect, { wrap: (result) => result, refuse: restError, around, event });
  } catch (error) {
    const fault = explain(error, event, around);
    return refusal(fault.http, restError(fault), fault);
  }
}

interface Envelope {
  readonly wrap: (result: unknown) => unknown;
  readonly refuse: (fault: Fault) => object;
  readonly around: Circumstances;
  readonly event: APIGatewayProxyEvent;
}

async function send(performed: Performed, dialect: Dialect, envelope: Envelope): Promise<Answer> {
  const headers = { ...SECURITY_HEADERS, ...extensionsOf(envelope.event) };
  if (performed.kind === "stream") {
    const body = whenLeft(frames(performed.events, dialect, envelope), () => performed.events.return());
    return { statusCode: 200, headers: { ...headers, "content-type": STREAM_TYPE }, body };
  }
  const write = (outcome: Outcome): string => JSON.stringify(envelope.wrap(encodeOutcome(outcome, dialect)));
  const answer = { statusCode: 200, headers: { ...headers, "content-type": JSON_TYPE } };
  if (performed.kind !== "waiting") return { ...answer, body: write(performed) };
  const { done, value } = await performed.outcome.next();
  return { ...answer, body: done === true ? write(value) : spaced(performed.outcome, write, envelope) };
}

/**
 * An answer that takes its time. JSON may begin with spaces: they come meanwhile, for callers who take silence for
 * failure. The status has been sent by then, so a failure is told by the body alone.
 */
async function* spaced(
  outcome: Waiting,
  write: (outcome: Outcome) => string,
  { refuse, around, event }: Envelope,
): AsyncGenerator<string, void, undefined> {
  yield " ";
  try {
    let step = await outcome.next();
    for (; step.done !== true; step = await outcome.next()) yield " ";
    yield write(step.value);
  } catch (error) {
    yield JSON.stringify(refuse(explain(error, event, around)));
  }
}

/** Says back which of the extensions that the caller knows are ours; 0.3 spells the header with an X. */
function extensionsOf(event: APIGatewayProxyEvent): Record<string, string> {
  const named = ["a2a-extensions", "x-a2a-extensions"].find(
    (name) => headerOf(event, name)?.includes(WORKFLOW_EXTENSION) === true,
  );
  return named === undefined ? {} : { [named]: WORKFLOW_EXTENSION };
}

/** Events as server-sent ones. A failure on the way is the last of them. */
async function* frames(
  events: Events,
  dialect: Dialect,
  { wrap, refuse, around, event }: Envelope,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const each of events) {
      yield each === SILENCE ? ": alive\n\n" : frame(wrap(encodeEvent(each, dialect)));
    }
  } catch (error) {
    yield frame(refuse(explain(error, event, around)));
  }
}

const frame = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

const json = (statusCode: number, body: unknown): Answer => ({
  statusCode,
  headers: { ...SECURITY_HEADERS, "content-type": JSON_TYPE },
  body: JSON.stringify(body),
});

function refusal(statusCode: number, body: object, { retryAfterSeconds }: Fault): Answer {
  const answer = json(statusCode, body);
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterSeconds) } };
}

function explain(error: unknown, { requestContext }: APIGatewayProxyEvent, { onDefect }: Circumstances): Fault {
  const known = faultOf(error);
  if (known === undefined || known.http === 500) onDefect(error);
  return known ?? internalFault(requestContext.requestId);
}

/** Who calls, and in which generation. */
function callOf(event: APIGatewayProxyEvent, url: string, spoken?: readonly Dialect[]): Call {
  const { data: caller } = Caller.safeParse(event.requestContext.authorizer ?? {});
  if (caller === undefined) throw new UnauthenticatedError();
  return { caller, url, dialect: dialectAskedFor(versionOf(event), spoken) };
}

function requireJson(event: APIGatewayProxyEvent): void {
  const type = headerOf(event, "content-type")?.split(";")[0]?.trim().toLowerCase() ?? JSON_TYPE;
  if (type === JSON_TYPE || type === "application/a2a+json") return;
  // The specification's 400 is for media types of parts; of the request itself HTTP has 415 (RFC 9110).
  throw new A2aFault(
    "CONTENT_TYPE_NOT_SUPPORTED",
    `requests are JSON, and this one says it is '${type.slice(0, 100)}'`,
    {},
    415,
  );
}
