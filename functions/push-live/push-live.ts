import type { Sockets } from "../../shared/aws/sockets.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import { LIVE_LIMITS } from "../../shared/execution/live/limits.ts";
import type { LiveBatch } from "../../shared/execution/live/live-batch.ts";
import { type LiveMessage, liveMessages, notice } from "../../shared/execution/live/live-message.ts";
import type { LiveTarget } from "../../shared/execution/live/live-target.ts";
import { removeSubscription, type Subscription, type SubscriptionStore } from "../../shared/execution/store/subscription-store.ts";

/** What `pushLive` stands on. */
export interface PushLiveDeps {
  readonly sockets: Sockets;
  readonly store: SubscriptionStore;
  readonly subscriptions: (tenant: string, target: LiveTarget) => Promise<readonly Subscription[]>;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

interface Delivery {
  readonly subscription: Subscription;
  readonly messages: readonly LiveMessage[];
}

/**
 * Sends what events tell to every connection that hears of them, each connection once, in the order of the events.
 *
 * A connection whose token has ended is told so and cut; one that reads too slowly is told from where on it missed something, if
 * there is room for that, and cut: it comes back and asks for the rest. Connections that are gone are forgotten.
 */
export async function pushLive(deps: PushLiveDeps, batch: LiveBatch): Promise<void> {
  const messages = batch.events.flatMap((event) => liveMessages(event));
  if (messages.length === 0) return;
  await mapConcurrent([...(await deliveriesOf(deps, batch, messages)).values()], LIVE_LIMITS.postsAtOnce, (delivery) =>
    deliver(deps, delivery),
  );
}

async function deliveriesOf(
  { subscriptions }: PushLiveDeps,
  { tenant, execution_id, workflow_id }: LiveBatch,
  messages: readonly LiveMessage[],
): Promise<ReadonlyMap<string, Delivery>> {
  const overview = messages.filter(({ type }) => type === "workflow.status_changed");
  // A connection that hears of more than one of them gets what the last one tells, which is most.
  const asked: readonly (readonly [LiveTarget, readonly LiveMessage[]])[] = [
    ...(overview.length === 0 ? [] : ([[{ kind: "dashboard" }, overview]] as const)),
    [{ kind: "workflow", id: workflow_id }, messages],
    [{ kind: "execution", id: execution_id }, messages],
  ];
  const found = await Promise.all(asked.map(async ([target, told]) => ({ told, heard: await subscriptions(tenant, target) })));
  return new Map(
    found.flatMap(({ told, heard }) => heard.map((subscription) => [subscription.connection, { subscription, messages: told }] as const)),
  );
}

async function deliver(deps: PushLiveDeps, { subscription, messages }: Delivery): Promise<void> {
  const { sockets, store, now } = deps;
  const { connection, expires } = subscription;
  if (expires * 1000 <= now().getTime()) {
    await sockets.post(connection, JSON.stringify(notice("token.expired", { remedy: "connect again with a current token" }, now())));
    return cut(deps, subscription);
  }
  for (const message of messages) {
    const posted = await postPatiently(deps, connection, JSON.stringify(message));
    if (posted === "gone") return removeSubscription(store, subscription);
    if (posted === "full") return tellMissed(deps, subscription, message);
  }
}

async function tellMissed(deps: PushLiveDeps, subscription: Subscription, first: LiveMessage): Promise<void> {
  const data = { execution_id: first.data["execution_id"], first_missed: first.id, remedy: "read faster, and subscribe again after the last id you have" };
  await deps.sockets.post(subscription.connection, JSON.stringify(notice("stream.missed", data, deps.now())));
  return cut(deps, subscription);
}

async function cut({ sockets, store }: PushLiveDeps, subscription: Subscription): Promise<void> {
  await Promise.all([sockets.cut(subscription.connection), removeSubscription(store, subscription)]);
}

async function postPatiently({ sockets, sleep }: PushLiveDeps, connection: string, text: string) {
  for (const delay of LIVE_LIMITS.noticeDelaysMs) {
    const posted = await sockets.post(connection, text);
    if (posted !== "full") return posted;
    await sleep(delay);
  }
  return sockets.post(connection, text);
}
