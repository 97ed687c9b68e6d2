import type { PhysicalResource, ResolvedResource } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";
import { apiResources } from "./api-resources.ts";
import { dataResources } from "./data-resources.ts";
import { eventSourceResources } from "./event-source-resources.ts";
import { ignoredResource, isIgnored } from "./ignored-resources.ts";
import { lambdaResources } from "./lambda-resources.ts";
import { messagingResources } from "./messaging-resources.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { stateMachineResources } from "./state-machine-resources.ts";
import { apiv2Resources } from "./apiv2-resources.ts";

const TYPES: ResourceTypes = {
  ...dataResources,
  ...messagingResources,
  ...lambdaResources,
  ...eventSourceResources,
  ...stateMachineResources,
  ...apiResources,
  ...apiv2Resources,
};

/** Brings up any resource. @throws {TemplateError} the embedded cloud does not know its type. */
export async function createResource(resource: ResolvedResource, cloud: CloudServices): Promise<PhysicalResource> {
  const { type } = resource;
  if (isIgnored(type)) return ignoredResource(resource, cloud.place);
  if (type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource")
    return cloud.customResources.declare(resource);
  const create = TYPES[type];
  if (create === undefined) throw new TemplateError(`the embedded cloud does not know the type ${type}`);
  return create(resource, cloud);
}
