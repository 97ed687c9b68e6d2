import type { Key } from "../../aws/key.ts";

/** A workflow's newest definition. */
export const latestDefinitionKey = (tenant: string, name: string): Key => ({ pk: `T#${tenant}#W#${name}`, sk: "LATEST" });

/** One version of a workflow. */
export const definitionKey = (tenant: string, name: string, version: string): Key => ({
  pk: `T#${tenant}#W#${name}`,
  sk: `V#${version}`,
});

/** All workflows of a tenant, as partition of the control index. */
export const workflowsOfTenant = (tenant: string): string => `T#${tenant}#WORKFLOWS`;

/** Events that start a workflow: those of a tenant's workflows together. */
export const triggerKey = (tenant: string, name: string): Key => ({ pk: `T#${tenant}#TRIGGERS`, sk: name });
