import { createHash } from "node:crypto";
import { AWS_QUOTAS } from "../../core/limits.ts";

/** A state machine of a workflow. */
export interface MachineId {
  readonly tenant: string;
  readonly workflow: string;
  /** `main`, or the part of a workflow that was split: `p1`, `p2` … */
  readonly key: string;
}

/**
 * Names a machine; two machines never share a name. `<prefix>-<tenant>_<workflow>`, and `<prefix>-<tenant>__<part>_<workflow>`
 * for a part: tenants and parts hold no `_`, and workflows do not begin with one.
 *
 * Readable while it fits the quota of 80 characters; a long one keeps its head and is told apart by a digest.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html a machine that logs
 * is named with letters, digits, `-` and `_` only, which is why no dot sets a part off.
 */
export function machineName(prefix: string, { tenant, workflow, key }: MachineId): string {
  const part = key === "main" ? "" : `_${key}_`;
  const name = `${prefix}-${tenant}_${part}${workflow}`;
  const { nameCharacters } = AWS_QUOTAS.stepFunctions;
  if (name.length <= nameCharacters) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `${name.slice(0, nameCharacters - digest.length - 1)}-${digest}`;
}
