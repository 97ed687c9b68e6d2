import { signal } from "@preact/signals";
import { loadMe } from "./endpoints.ts";
import type { ControlPermission, Me } from "./replies.ts";

/** Who is signed in; none: not known yet. */
export const me = signal<Me | undefined>(undefined);

/** Asks who the token speaks for. */
export async function learnMe(): Promise<void> {
  me.value = await loadMe();
}

/** Whether who is signed in may do something. Only what is shown depends on it: the API decides. */
export function may(permission: string): boolean {
  const [area] = permission.split(":");
  return (me.value?.permissions ?? []).some((one) => one === "*" || one === permission || one === `${area}:*`);
}

/** Whether who is signed in may steer executions. */
export const mayControl = (): boolean => may("execution:control" satisfies ControlPermission);
