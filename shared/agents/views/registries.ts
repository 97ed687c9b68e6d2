import * as z from "zod";
import { AgentSource, SyncResult } from "../agent-source.ts";

/** What a sync came to. */
export const SyncView = SyncResult.meta({ id: "RegistrySync" });
export type SyncView = z.infer<typeof SyncView>;

/** An external registry, and what its last sync came to. */
export const RegistryView = AgentSource.extend({ last_sync: SyncView.optional() }).meta({ id: "Registry" });
export type RegistryView = z.infer<typeof RegistryView>;

/** External registries. */
export const RegistryList = z.object({ registries: z.array(RegistryView) }).meta({ id: "RegistryList" });
