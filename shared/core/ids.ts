import * as z from "zod";

/** Names a tenant. It leads every key, queue group, event, socket and log line (invariant 6). */
export const TenantId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
export type TenantId = z.infer<typeof TenantId>;

/** Names an execution; also the first part of its Step Functions execution name. */
export const ExecutionId = z.string().regex(/^exec_[0-9a-zA-Z]{8,40}$/);
export type ExecutionId = z.infer<typeof ExecutionId>;

/** Names a plan by its content: sha256, lower-case hex. */
export const PlanHash = z.string().regex(/^[0-9a-f]{64}$/);
export type PlanHash = z.infer<typeof PlanHash>;

/** What a new id names; it stands in front of the id. */
export type IdKind = "exec" | "trace" | "trial" | "push" | "rsv" | "msg" | "hook" | "run" | "session" | "upload" | "inc" | "chan" | "test";
