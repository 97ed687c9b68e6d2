import { listSources, listTenants } from "../../shared/agents/store/source-store.ts";
import { syncSource, type SyncDeps } from "../../shared/agents/onboarding/sync-source.ts";
import type { SyncResult } from "../../shared/agents/agent-source.ts";

/** What became of one registry in this sweep. */
export interface SyncedSource {
  readonly tenant: string;
  readonly registryId: string;
  readonly result?: SyncResult;
  readonly error?: unknown;
}

/** Asks every external registry that is due. One that is ill does not keep the others waiting. */
export async function syncRegistries(deps: SyncDeps): Promise<readonly SyncedSource[]> {
  const synced: SyncedSource[] = [];
  for (const tenant of await listTenants(deps.agents)) {
    const due = (await listSources(deps.agents, tenant)).filter(
      ({ next_sync_at: at }) => Date.parse(at) <= deps.now().getTime(),
    );
    for (const source of due) {
      const name = { tenant, registryId: source.registry_id };
      try {
        synced.push({ ...name, result: await syncSource(deps, tenant, source) });
      } catch (error) {
        synced.push({ ...name, error });
      }
    }
  }
  return synced;
}
