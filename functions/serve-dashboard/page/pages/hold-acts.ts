import type { HoldView } from "../core/replies.ts";
import { propose } from "../parts/act.ts";
import { placeHold, releaseHold } from "./hold-endpoints.ts";

/** Keeps back whatever the tenant would start, or one workflow's. */
export function proposeHold(changed: () => void, workflow?: string): void {
  propose({
    title: workflow === undefined ? "Hold everything back?" : `Hold ${workflow} back?`,
    explains:
      workflow === undefined
        ? "No task of this tenant starts until you release the hold. What agents have in hands they finish."
        : "No task of this workflow starts until you release the hold, whatever is submitted meanwhile.",
    button: "Hold",
    isDangerous: true,
    reason: "required",
    says: "Held back",
    run: ({ reason }) =>
      placeHold(workflow === undefined ? { scope: "tenant", reason } : { scope: "workflow", workflow_id: workflow, reason }),
    done: changed,
  });
}

/** Lets go on what no other hold covers. */
export function proposeRelease({ scope, workflow_id: workflow }: HoldView, changed: () => void): void {
  propose({
    title: "Release this hold?",
    explains: "What it kept back starts at once, unless another hold covers it.",
    button: "Release",
    reason: "none",
    says: "Released",
    run: () => releaseHold({ scope, workflow_id: workflow }),
    done: changed,
  });
}
