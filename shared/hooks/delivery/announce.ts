import type { HookEvent } from "../hook-event.ts";
import { triggersOf } from "../hook-event.ts";
import { type HookOrder, portable } from "../hook-order.ts";
import type { HookReader } from "../store/hook-reader.ts";

/** What telling hooks of events stands on. */
export interface AnnounceDeps {
  readonly hooks: HookReader;
  readonly order: (orders: readonly HookOrder[]) => Promise<void>;
}

/**
 * Has the hooks run that no task waits for: one order per event that some hook matches. Where a tenant has no hooks this
 * asks a map and does nothing. What is announced twice runs once.
 */
export async function announceToHooks({ hooks, order }: AnnounceDeps, events: readonly HookEvent[]): Promise<void> {
  const orders: HookOrder[] = [];
  for (const event of events) {
    const triggers = triggersOf(event);
    if (triggers.length === 0) continue;
    const view = await hooks(event.tenant);
    const pulled = triggers.filter((trigger) => view.has(trigger));
    if (pulled.length === 0) continue;
    const found = (await view.matcher()).match(event, pulled).map(({ hook_id: id }) => id);
    if (found.length > 0) orders.push({ tenant: event.tenant, event: portable(event), hooks: found });
  }
  if (orders.length > 0) await order(orders);
}
