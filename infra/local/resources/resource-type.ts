import * as z from "zod";
import type { PhysicalResource, ResolvedResource } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";

/** Brings up a resource, or finds it as a former start left it. */
export type ResourceType = (
  resource: ResolvedResource,
  cloud: CloudServices,
) => PhysicalResource | Promise<PhysicalResource>;
export type ResourceTypes = Readonly<Record<string, ResourceType>>;

/** Ties a resource type to the properties it reads; others are ignored. */
export function resourceType<Properties>(
  schema: z.ZodType<Properties>,
  create: (properties: Properties, resource: ResolvedResource, cloud: CloudServices) => ReturnType<ResourceType>,
): ResourceType {
  return (resource, cloud) => {
    const parsed = schema.safeParse(resource.properties);
    if (!parsed.success) throw new TemplateError(z.prettifyError(parsed.error));
    return create(parsed.data, resource, cloud);
  };
}

/** CloudFormation takes numbers and booleans as text, too. */
export const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
export const count = z.coerce.number().int().min(0);

/** A policy or attribute that a template writes as an object or as its JSON text. */
export const jsonText = z.union([z.string(), z.json().transform((value) => JSON.stringify(value))]);
