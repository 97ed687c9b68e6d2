import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { GroupCommitter, type Write } from "../../aws/group-commit.ts";
import { queryAll, type Table } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { ConflictError, NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import { Hook, inOrder } from "../hook.ts";
import { HookStats } from "../hook-stats.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { HOOK_PREFIX, hookKey, hookNameKey, hooksPartition, hookStatsKey, tenantIndexKey } from "./keys.ts";

/** How many hooks a tenant has of each trigger, and which state of its hooks that speaks of. */
export const HookIndex = z.object({
  hookTriggers: z.record(z.string(), z.int()).default({}),
  hooksRevision: z.int().default(0),
});
export type HookIndex = z.output<typeof HookIndex>;

/** Every hook of a tenant, in the order in which they run. */
export async function listHooks(store: Table, tenant: string): Promise<readonly Hook[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": hooksPartition(tenant), ":prefix": HOOK_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => Hook.parse(row)).sort(inOrder);
}

/** Those of a tenant's hooks that are there, in the order in which they run. */
export async function loadHooks(store: Table, tenant: string, ids: readonly string[]): Promise<readonly Hook[]> {
  const rows = await readAll(store, ids.map((id) => hookKey(tenant, id)));
  return [...rows.values()].map((row) => Hook.parse(row)).sort(inOrder);
}

/** @throws {NotFoundError} this tenant has no such hook. */
export async function loadHook(store: Table, tenant: string, id: string): Promise<Hook> {
  const [hook] = await loadHooks(store, tenant, [id]);
  if (hook === undefined) throw new NotFoundError("hook", id);
  return hook;
}

/** What the runs of a hook came to. */
export async function loadStats(store: Table, tenant: string, id: string): Promise<HookStats> {
  const Key = { ...hookStatsKey(tenant, id) };
  const { Item = {} } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return HookStats.parse(Item);
}

/** What a tenant has, as its index row says. */
export async function loadHookIndex(store: Table, tenant: string): Promise<HookIndex> {
  const Key = { ...tenantIndexKey(tenant) };
  const { Item = {} } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return HookIndex.parse(Item);
}

/**
 * Writes a hook, new or in place of `before`; it takes effect within `HOOK_LIMITS.viewSeconds`.
 *
 * @throws {ConflictError} another hook of the tenant has its name, or the tenant has as many hooks as it may.
 */
export function saveHook(store: Table, tenant: string, { hook, before }: { hook: Hook; before?: Hook | undefined }): Promise<void> {
  return changeHooks(store, tenant, (known) => {
    const others = known.filter(({ hook_id: id }) => id !== hook.hook_id);
    if (others.some(({ name }) => name === hook.name)) throw taken(hook.name);
    if (others.length >= HOOK_LIMITS.hooksPerTenant) {
      throw new ConflictError(`there are ${others.length} hooks already, the most allowed; delete one first`);
    }
    const renamed = before === undefined || before.name === hook.name ? [] : [remove(store, hookNameKey(tenant, before.name))];
    const put = (key: object, item: object): Write => ({ Put: { TableName: store.table, Item: { ...key, ...item } } });
    const writes = [put(hookKey(tenant, hook.hook_id), hook), put(hookNameKey(tenant, hook.name), { hook_id: hook.hook_id }), ...renamed];
    return { writes, hooks: [...others, hook] };
  });
}

const taken = (name: string): ConflictError => new ConflictError(`there is a hook '${name}' already; choose another name, or change that one`);

/** Forgets a hook and what its runs came to. Their log stays for its seven days. */
export function deleteHook(store: Table, tenant: string, { hook_id: id, name }: Hook): Promise<void> {
  return changeHooks(store, tenant, (known) => ({
    writes: [hookKey(tenant, id), hookNameKey(tenant, name), hookStatsKey(tenant, id)].map((key) => remove(store, key)),
    hooks: known.filter((hook) => hook.hook_id !== id),
  }));
}

const remove = ({ table }: Table, key: { pk: string; sk: string }): Write => ({ Delete: { TableName: table, Key: { ...key } } });

/** Times that a change is worked out anew because another came first. */
const TRIES = 8;

interface HookChange {
  readonly writes: readonly Write[];
  readonly hooks: readonly Hook[];
}

/** Changes a tenant's hooks together with the index row that speaks of them, on condition that both are as they were seen. */
async function changeHooks(store: Table, tenant: string, change: (known: readonly Hook[]) => HookChange): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { hooksRevision } = await loadHookIndex(store, tenant);
    const { writes, hooks } = change(await listHooks(store, tenant));
    const index = indexWrite(store, tenant, { hooks, hooksRevision });
    if ((await new GroupCommitter(store.db).commit([index, ...writes])) === "written") return;
  }
  throw new StoreUnavailableError(`the hooks of '${tenant}' keep changing`);
}

function indexWrite({ table }: Table, tenant: string, { hooks, hooksRevision }: { hooks: readonly Hook[]; hooksRevision: number }): Write {
  const enabled = hooks.filter((hook) => hook.enabled);
  const counts = Object.fromEntries([...Map.groupBy(enabled, ({ trigger }) => trigger)].map(([trigger, own]) => [trigger, own.length]));
  return {
    Update: {
      TableName: table,
      Key: { ...tenantIndexKey(tenant) },
      UpdateExpression: "SET hookTriggers = :counts, hooksRevision = :next",
      ConditionExpression: hooksRevision === 0 ? "attribute_not_exists(hooksRevision)" : "hooksRevision = :seen",
      ExpressionAttributeValues: {
        ":counts": counts,
        ":next": hooksRevision + 1,
        ...(hooksRevision === 0 ? {} : { ":seen": hooksRevision }),
      },
    },
  };
}
