import * as z from "zod";
import { AGENT_LIMITS } from "./limits.ts";

/** How an external registry answers: as spec 000's (and ours), as a list of card URLs, or as an AI catalog. */
export const SourceKind = z.enum(["a2a-registry", "card-list", "ai-catalog"]);
export type SourceKind = z.infer<typeof SourceKind>;

const ID_RULE = "must be lower-case letters, digits or '-', 64 characters at most";
const SourceId = z.string(ID_RULE).regex(/^[a-z0-9][a-z0-9-]{0,63}$/, ID_RULE);

/** `POST /api/v1/registries`: an external registry to take agents from. */
export const AgentSourceBody = z.strictObject({
  /** @default - made of the URL */
  registry_id: SourceId.optional(),
  /** Of the list itself, or for registries and catalogs of the host that serves it. */
  url: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).max(2048),
  kind: SourceKind,
  sync_minutes: z.int().min(AGENT_LIMITS.syncLeastMinutes).max(AGENT_LIMITS.syncMostMinutes).default(60),
  /** Only agents that offer one of these are taken. Empty: all. */
  capabilities: z.array(z.string().min(1).max(128)).max(50).default([]),
  /** Given to every agent that comes from here. */
  tags: z.array(z.string().min(1).max(128)).max(20).default([]),
});
export type AgentSourceBody = z.infer<typeof AgentSourceBody>;

/** What a sync came to. */
export const SyncResult = z.object({
  at: z.iso.datetime(),
  ok: z.boolean(),
  listed: z.int(),
  registered: z.int(),
  unchanged: z.int(),
  removed: z.int(),
  /** Left as they are, and agents that could not be taken; the first few with their reasons. */
  skipped: z.array(z.object({ agent: z.string(), reason: z.string() })),
  error: z.string().optional(),
});
export type SyncResult = z.infer<typeof SyncResult>;

/** An external registry as it is stored. */
export const AgentSource = z.object({
  ...AgentSourceBody.shape,
  registry_id: SourceId,
  created_at: z.iso.datetime(),
  created_by: z.string(),
  last_sync: SyncResult.optional(),
  next_sync_at: z.iso.datetime(),
});
export type AgentSource = z.infer<typeof AgentSource>;
