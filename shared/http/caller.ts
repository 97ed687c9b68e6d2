import * as z from "zod";
import { ForbiddenError } from "../core/errors.ts";
import { TenantId } from "../core/ids.ts";

/** What each role may do (spec 000 and 004 §8.3). Whatever is not listed is denied. */
export const ROLES: Readonly<Record<string, readonly string[]>> = {
  workflow_submitter: ["session:*", "workflow:submit", "workflow:read", "pattern:read", "execution:read", "event:publish"],
  workflow_designer: ["session:*", "workflow:create", "workflow:submit", "workflow:read", "pattern:read", "execution:read", "agent:read", "analytics:read", "event:publish", "hooks:read", "incident:read"],
  operator: ["workflow:*", "pattern:*", "execution:*", "agent:*", "hooks:*", "session:*", "event:publish", "analytics:read", "resource:read", "incident:*"],
  agent: ["agent:heartbeat"],
  admin: ["*"],
};

/** Who calls, as the authorizer found in the token. */
export const Caller = z.object({
  tenant: TenantId,
  subject: z.string().min(1),
  roles: z.string().transform((text) => text.split(" ").filter((role) => role !== "")),
});
export type Caller = z.infer<typeof Caller>;

/** The permission that every valid token has; for operations that decide themselves who may. */
export const ANY_CALLER = "any";

/** Every permission that the caller's roles give, each once; unknown roles give none. */
export const permissionsOf = ({ roles }: Pick<Caller, "roles">): readonly string[] => [
  ...new Set(roles.flatMap((role) => (Object.hasOwn(ROLES, role) ? (ROLES[role] ?? []) : []))),
];

/** Whether one of the caller's roles grants `permission`; `workflow:*` grants everything on workflows. */
export function isPermitted(caller: Pick<Caller, "roles">, permission: string): boolean {
  if (permission === ANY_CALLER) return true;
  const [area] = permission.split(":");
  return permissionsOf(caller).some((grant) => grant === "*" || grant === permission || grant === `${area}:*`);
}

/** @throws {ForbiddenError} no role of the caller grants `permission`. */
export function requirePermission(caller: Caller, permission: string): void {
  if (!isPermitted(caller, permission)) throw new ForbiddenError(permission);
}
