import { createHash } from "node:crypto";
import { InvalidRequestError } from "../../core/errors.ts";
import * as z from "zod";
import { ExecutionId, TenantId } from "../../core/ids.ts";

/** Names one attempt of one task. Travels in push URLs and watch messages; never trusted without its secret. */
export const DispatchRef = z.object({
  tenant: TenantId,
  execution: ExecutionId,
  task: z.string(),
  attempt: z.int().positive(),
});
export type DispatchRef = z.infer<typeof DispatchRef>;

/** Writes a dispatch into one URL path segment. It names an attempt; the right to speak for it is the secret's. */
export const encodeDispatch = ({ tenant, execution, task, attempt }: DispatchRef): string =>
  Buffer.from(JSON.stringify([tenant, execution, task, attempt])).toString("base64url");

/** @throws {InvalidRequestError} the segment is not one of ours. */
export function decodeDispatch(segment: string): DispatchRef {
  try {
    const parts: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    const [tenant, execution, task, attempt] = Array.isArray(parts) ? parts : [];
    return DispatchRef.parse({ tenant, execution, task, attempt });
  } catch (error) {
    throw new InvalidRequestError([{ field: "dispatch", message: "is not a dispatch id of this orchestrator" }], {
      cause: error,
    });
  }
}

/**
 * The A2A message id of an attempt: equal for every transport retry of it, so that agents can de-duplicate
 * (invariant 3).
 */
export const messageIdOf = (ref: DispatchRef): string => digestOf("message", ref);

/** The A2A context of an attempt: unique to it, so that ListTasks finds exactly what an unanswered send made. */
export const contextIdOf = (ref: DispatchRef): string => digestOf("context", ref);

/** The A2A context of an attempt in a session: one for everything that an agent is asked in it. */
export const sessionContextOf = (tenant: string, session: string, agentId: string): string =>
  createHash("sha256").update(JSON.stringify(["session", tenant, session, agentId])).digest("base64url").slice(0, 32);

/** A conversation of a pattern with agents of a role. */
export interface Thread {
  readonly role: string;
  readonly thread: string;
}

/** The A2A context of a pattern's question: one for everything that an agent is asked in a thread. */
const threadContextOf = ({ tenant, execution, task }: DispatchRef, { role, thread }: Thread, agentId: string): string =>
  createHash("sha256")
    .update(JSON.stringify(["thread", tenant, execution, task.slice(0, task.lastIndexOf("[")), role, thread, agentId]))
    .digest("base64url")
    .slice(0, 32);

/** The A2A context in which an agent is asked. Without a session and outside of patterns unique to the attempt. */
export function contextFor(
  ref: DispatchRef,
  { session, agentId, asked }: { session: string | undefined; agentId: string; asked?: Thread | undefined },
): string {
  if (session !== undefined) return sessionContextOf(ref.tenant, session, agentId);
  return asked === undefined ? contextIdOf(ref) : threadContextOf(ref, asked, agentId);
}

function digestOf(kind: string, { tenant, execution, task, attempt }: DispatchRef): string {
  const text = JSON.stringify([kind, tenant, execution, task, attempt]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 32);
}

/** sha256 of a push secret, as the task's row keeps it. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("base64url");
