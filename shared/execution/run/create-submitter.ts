import { randomBytes } from "node:crypto";
import { type DefinitionStore, loadDefinition } from "../../workflow/store/definition-store.ts";
import { sfnClient } from "../../aws/clients.ts";
import type { IdKind } from "../../core/ids.ts";
import { usualRunner } from "../../workflow/store/stored-definition.ts";
import type { createStores } from "../runtime/create-stores.ts";
import type { HooksBefore } from "./hooks-before.ts";
import { type SubmitDeps, submitExecution } from "./submit-execution.ts";

/** A fresh id. */
export const newId = (kind: IdKind): string => `${kind}_${randomBytes(12).toString("hex")}`;

/** What submitting stands on, from the function's environment. */
export function submitDeps(stores: ReturnType<typeof createStores>, before?: HooksBefore): SubmitDeps {
  const { executions, admission, picture, payloads, queues, mail } = stores;
  const chance = { now: () => new Date(), random: Math.random, newId };
  return { executions, admission, picture, payloads, queues, mail, before, sfn: sfnClient(), ...chance };
}

/** A wish to run a tenant's workflow that comes from an event or a schedule, not from a caller. */
export interface EventSubmission {
  readonly tenant: string;
  readonly workflow: string;
  /** @default - the newest */
  readonly version?: string | undefined;
  /** Who it is said to come from. @default "event" */
  readonly subject?: string;
  readonly input: unknown;
  /** The same key starts one execution. */
  readonly key: string;
}

/** Starts workflows by name. @throws {NotFoundError} no such workflow, or no such version of it. */
export const workflowStarter = (deps: SubmitDeps, definitions: DefinitionStore) => async (wish: EventSubmission) => {
  const definition = await loadDefinition(definitions, { tenant: wish.tenant, name: wish.workflow, version: wish.version });
  return submitExecution(deps, {
    tenant: wish.tenant,
    subject: wish.subject ?? "event",
    definition,
    isPinned: wish.version !== undefined,
    runner: usualRunner(definition),
    timeoutSeconds: undefined,
    input: wish.input,
    priority: undefined,
    idempotencyKey: wish.key,
    isUnrefusable: true,
    traceId: undefined,
  });
};
