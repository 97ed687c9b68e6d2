import type { APIGatewayProxyEvent } from "aws-lambda";
import * as z from "zod";
import { StreamView } from "../../shared/execution/views/stream.ts";
import { fit } from "../../shared/http/request.ts";

/** What a caller asks to see, and what of it is known already. */
export interface Asked {
  readonly view: StreamView;
  readonly after: number | undefined;
}

/** No sequence is longer: an execution's log is numbered with ten digits. */
const Sequence = z.string().regex(/^\d{1,10}$/, { error: "must be the id of an event of this stream, a whole number" }).transform(Number);

const Query = z.strictObject({ view: StreamView.default("status"), after: Sequence.optional() });

/** Reads what a stream is asked for: a reader that comes back says in `Last-Event-ID` how far it came. */
export function readAsked(event: Pick<APIGatewayProxyEvent, "headers" | "queryStringParameters">): Asked {
  const { view, after } = fit(Query, event.queryStringParameters ?? {}, "query");
  const last = headerOf(event.headers, "last-event-id");
  return { view, after: last === undefined || last === "" ? after : fit(Sequence, last, "header.Last-Event-ID") };
}

const headerOf = (headers: APIGatewayProxyEvent["headers"], name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
