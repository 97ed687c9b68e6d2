import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import type { DefinitionStore } from "../../shared/workflow/store/definition-store.ts";
import { saveDefinition } from "../../shared/workflow/store/save-definition.ts";
import type { PayloadStore } from "../../shared/execution/store/payload-store.ts";
import { savePlan } from "../../shared/execution/store/plan-store.ts";
import { describeDefinition } from "../../shared/workflow/plan/stored-definition.ts";
import { ConflictError } from "../../shared/core/errors.ts";
import { TenantId } from "../../shared/core/ids.ts";
import { Plan } from "../../shared/workflow/plan/plan.ts";

/** What `deployDefinitions` stands on. `folder` holds `<workflow>.plan.json` files. */
export interface DeployDefinitionsDeps {
  readonly definitions: DefinitionStore;
  readonly payloads: PayloadStore;
  readonly folder: string;
  readonly now: () => Date;
}

/** Properties of the custom resource `Custom::WorkflowDefinitions`. */
export const DeployProperties = z.object({
  Tenant: TenantId,
  /** Published version of each workflow's machine, by workflow name. */
  Machines: z.record(z.string(), z.string().startsWith("arn:")),
});
export type DeployProperties = z.infer<typeof DeployProperties>;

/**
 * Records the workflows that ship with the app, for the tenant that owns them.
 *
 * @throws {ConflictError} a definition changed but its version did not.
 */
export async function deployDefinitions(deps: DeployDefinitionsDeps, properties: DeployProperties): Promise<void> {
  const { Tenant: tenant, Machines: machines } = properties;
  for (const [name, machineArn] of Object.entries(machines)) {
    const plan = Plan.parse(JSON.parse(await readFile(path.join(deps.folder, `${name}.plan.json`), "utf8")));
    await savePlan(deps.payloads, tenant, plan);
    const origin = { tenant, machineArn, createdAt: deps.now().toISOString(), createdBy: "cdk" };
    if ((await saveDefinition(deps.definitions, describeDefinition(plan, origin))) === "exists") {
      throw new ConflictError(`version ${plan.version} of '${name}' is deployed with other content; raise its version`);
    }
  }
}
