import * as z from "zod";
import { InvalidRequestError } from "../../shared/core/errors.ts";
import { describeProblem } from "../../shared/http/problem.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import { fit } from "../../shared/http/request.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { notice } from "../../shared/execution/live/live-message.ts";
import { type LiveTarget, TargetRequest } from "../../shared/execution/live/live-target.ts";
import { removeSubscription, saveSubscription, type SubscriptionStore } from "../../shared/execution/store/subscription-store.ts";
import { catchUp, type CatchUpDeps, placeOf, send } from "./catch-up.ts";
import type { Opener, SocketEvent } from "./socket-event.ts";

/** What `liveSocket` stands on. */
export interface LiveSocketDeps extends CatchUpDeps {
  readonly store: SubscriptionStore;
  readonly onDefect: (error: unknown) => void;
}

type Answer = { readonly statusCode: number };

const DONE: Answer = { statusCode: 200 };

/** Opens and closes connections, and does what their messages ask. Never throws on bad input. */
export async function liveSocket(deps: LiveSocketDeps, event: SocketEvent): Promise<Answer> {
  const { connectionId: connection, authorizer: opener, eventType } = event.requestContext;
  try {
    if (eventType === "CONNECT") await open(deps, opener, connection);
    else if (eventType === "DISCONNECT") await close(deps, opener, connection);
    else await obey(deps, { opener, connection, text: "body" in event ? event.body : "" });
    return DONE;
  } catch (error) {
    const problem = describeProblem(error);
    if (problem === undefined) deps.onDefect(error);
    if (eventType !== "MESSAGE") return { statusCode: problem?.status ?? 500 };
    const { status = 500, detail = "internal error; try again", errors } = problem ?? {};
    await send(deps, connection, notice("request.refused", { status, detail, ...(errors === undefined ? {} : { errors }) }, deps.now()));
    return DONE;
  }
}

/** What the request that opened a connection asks for. */
function askedBy({ asked }: Opener): LiveTarget | undefined {
  const { data } = TargetRequest.safeParse(Object.fromEntries(new URLSearchParams(asked)));
  return data;
}

async function open(deps: LiveSocketDeps, opener: Opener, connection: string): Promise<void> {
  requirePermission(opener, "execution:read");
  const target = fit(TargetRequest, Object.fromEntries(new URLSearchParams(opener.asked)), "query");
  if (target === undefined) return;
  await checkTarget(deps, opener.tenant, target);
  await saveSubscription(deps.store, { tenant: opener.tenant, target, connection, expires: opener.expires }, deps.now());
}

/** Other subscriptions are forgotten when a post to them fails. */
async function close({ store }: LiveSocketDeps, opener: Opener, connection: string): Promise<void> {
  const target = askedBy(opener);
  if (target !== undefined) await removeSubscription(store, { tenant: opener.tenant, target, connection });
}

const where = { execution_id: z.string().optional(), workflow_id: z.string().optional(), id: z.string().optional(), dashboard: z.literal(true).optional() };
const Request = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("subscribe"),
    ...where,
    /** Id or sequence of the last event that the reader has. */
    after: z.union([z.int().min(-1), z.string().min(1).max(256)]).optional(),
  }),
  z.strictObject({ action: z.literal("unsubscribe"), ...where }),
  z.strictObject({ action: z.literal("ping") }),
]);

interface Message {
  readonly opener: Opener;
  readonly connection: string;
  readonly text: string;
}

async function obey(deps: LiveSocketDeps, message: Message): Promise<void> {
  const { opener, connection, text } = message;
  const { now, sockets } = deps;
  if (opener.expires * 1000 <= now().getTime()) {
    await send(deps, connection, notice("token.expired", { remedy: "connect again with a current token" }, now()));
    return sockets.cut(connection);
  }
  requirePermission(opener, "execution:read");
  const request = fit(Request, parse(text), "message");
  if (request.action === "ping") return void (await send(deps, connection, notice("pong", {}, now())));
  const { action, ...asked } = request;
  const { after, ...named } = { after: undefined, ...asked };
  const target = fit(TargetRequest, named, "message");
  if (target === undefined) throw new InvalidRequestError([{ field: "message", message: "name an execution_id, a workflow_id, or dashboard: true" }]);
  if (action === "subscribe") return subscribe(deps, message, { target, after });
  await removeSubscription(deps.store, { tenant: opener.tenant, target, connection });
  await send(deps, connection, notice("subscription.removed", named, now()));
}

async function subscribe(
  deps: LiveSocketDeps,
  { opener, connection }: Message,
  { target, after }: { target: LiveTarget; after: string | number | undefined },
): Promise<void> {
  const { tenant, expires } = opener;
  if (after !== undefined && target.kind !== "execution") {
    throw new InvalidRequestError([{ field: "after", message: "goes with an execution_id: only executions have a log" }]);
  }
  await checkTarget(deps, tenant, target);
  await saveSubscription(deps.store, { tenant, target, connection, expires }, deps.now());
  if (target.kind !== "execution") {
    const data = target.kind === "workflow" ? { workflow_id: target.id } : { dashboard: true };
    return void (await send(deps, connection, notice("subscription.added", data, deps.now())));
  }
  const reader = { tenant, execution: target.id, connection };
  const place = await placeOf(deps, reader, after);
  await send(deps, connection, notice("subscription.added", { execution_id: target.id, sequence: place }, deps.now()));
  await catchUp(deps, reader, place);
}

/** Workflows may run without being deployed, so any name will do. */
async function checkTarget({ executions }: LiveSocketDeps, tenant: string, target: LiveTarget): Promise<void> {
  if (target.kind === "execution") await loadExecution(executions, tenant, target.id);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidRequestError([{ field: "message", message: "must be JSON" }], { cause: error });
  }
}
