import * as z from "zod";

const alphabet = (most: number) => ({
  error: `start with a letter; then letters, digits, - and _; at most ${most} characters`,
});

/** Names one task inside its workflow. It becomes an ASL state name, so its alphabet is ours to fix. */
export const TaskId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, alphabet(63));
/** Names an agent role inside its workflow. */
export const RoleName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, alphabet(63));
/** Names a workflow inside its tenant. It becomes part of a state machine name (80 characters with the tenant's). */
export const WorkflowName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,47}$/, alphabet(48));
/** Semantic version whose minor and patch part may be left out: `1.0`, `2.1.0`, `3.0.0-beta.1`. */
export const WorkflowVersion = z
  .string()
  .max(40)
  .regex(/^\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, {
    error: 'write a version such as "1.0" or "2.1.0"',
  });
/** A skill or capability, as agent cards spell it. */
export const CapabilityName = z.string().min(1).max(128);
/** A registered agent's id. */
export const AgentId = z.string().min(1).max(128);
