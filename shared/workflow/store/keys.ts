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

/** A schedule of one of a tenant's workflows. */
export const scheduleKey = (tenant: string, id: string): Key => ({ pk: `T#${tenant}#SCHEDULES`, sk: id });

/** Schedules of all tenants that somebody has to look at, as partition of the control index; they sort by when. */
export const DUE_SCHEDULES = "DUE#SCHEDULES";
