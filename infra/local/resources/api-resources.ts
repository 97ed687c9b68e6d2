import { createHash } from "node:crypto";
import * as z from "zod";
import type { ResolvedResource } from "../cloudformation/deployment.ts";
import { physicalName } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";
import { RestApi, type Authorizer, type Integration } from "../apigateway/rest-api.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { count, resourceType } from "./resource-type.ts";

const Api = z.object({ Name: z.string().optional(), BinaryMediaTypes: z.array(z.string()).default([]) });
const restApi = resourceType(Api, async ({ Name, BinaryMediaTypes }, resource, cloud) => {
  const id = shortId(resource);
  const api = new RestApi({ id, name: Name ?? resource.logicalId, binaryMediaTypes: BinaryMediaTypes });
  await cloud.declareApi(api);
  return { ref: id, attributes: { RootResourceId: api.rootResourceId, RestApiId: id } };
});

const ofApi = { RestApiId: z.string() };
const PathResource = z.object({ ...ofApi, ParentId: z.string(), PathPart: z.string() });
const pathResource = resourceType(PathResource, ({ RestApiId, ParentId, PathPart }, resource, cloud) => {
  const id = shortId(resource);
  apiOf(RestApiId, cloud).addResource(id, { parentId: ParentId, pathPart: PathPart });
  return { ref: id, attributes: { ResourceId: id } };
});

const text = z.record(z.string(), z.string()).default({});
const MethodIntegration = z.object({
  Type: z.string(),
  Uri: z.string().default(""),
  TimeoutInMillis: count.default(29_000),
  ResponseTransferMode: z.string().default("BUFFERED"),
  IntegrationResponses: z.array(z.object({ StatusCode: z.coerce.number(), ResponseParameters: text })).default([]),
});
const Method = z.object({
  ...ofApi,
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.string().default("NONE"),
  AuthorizerId: z.string().optional(),
  Integration: MethodIntegration,
});
const method = resourceType(Method, (properties, resource, cloud) => {
  const api = apiOf(properties.RestApiId, cloud);
  const authorizer =
    properties.AuthorizerId === undefined ? undefined : AUTHORIZERS.get(api)?.get(properties.AuthorizerId);
  if (properties.AuthorizationType === "CUSTOM" && authorizer === undefined)
    throw new TemplateError("the authorizer is unknown");
  if (!["NONE", "CUSTOM"].includes(properties.AuthorizationType)) {
    throw new TemplateError(`authorization ${properties.AuthorizationType} is not supported here`);
  }
  const resourcePath = api.pathOf(properties.ResourceId);
  const { ResourceId: resourceId, HttpMethod } = properties;
  api.addMethod(HttpMethod, {
    resourceId,
    resourcePath,
    authorizer,
    integration: toIntegration(properties.Integration),
  });
  return { ref: shortId(resource) };
});

function toIntegration(integration: z.infer<typeof MethodIntegration>): Integration {
  const { Type, Uri, TimeoutInMillis: timeoutMs, ResponseTransferMode } = integration;
  if (Type === "MOCK") {
    const [response] = integration.IntegrationResponses;
    const headers = Object.entries(response?.ResponseParameters ?? {}).map(([name, value]) => [
      headerName(name),
      unquote(value),
    ]);
    return { type: "mock", statusCode: response?.StatusCode ?? 200, headers: Object.fromEntries(headers) };
  }
  if (Type !== "AWS_PROXY") throw new TemplateError(`integration ${Type} is not supported here`);
  return { type: "lambda", functionArn: functionIn(Uri), isStreaming: ResponseTransferMode === "STREAM", timeoutMs };
}

const headerName = (parameter: string): string => parameter.split(".").at(-1) ?? parameter;
const unquote = (value: string): string => value.replace(/^'(.*)'$/, "$1");

/** The function that an integration or authorizer calls. */
export function functionIn(uri: string): string {
  const [, arn] = /\/functions\/(arn:[^/]+)\/(?:invocations|response-streaming-invocations)$/.exec(uri) ?? [];
  if (arn === undefined) throw new TemplateError(`'${uri}' does not name a function`);
  return arn;
}

const AUTHORIZERS = new WeakMap<RestApi, Map<string, Authorizer>>();

const AuthorizerProperties = z.object({
  ...ofApi,
  Type: z.enum(["TOKEN", "REQUEST"]),
  AuthorizerUri: z.string(),
  IdentitySource: z.string().default(""),
  IdentityValidationExpression: z.string().optional(),
  AuthorizerResultTtlInSeconds: count.default(300),
});
const authorizer = resourceType(AuthorizerProperties, (properties, resource, cloud) => {
  const api = apiOf(properties.RestApiId, cloud);
  const id = shortId(resource);
  const known = AUTHORIZERS.get(api) ?? new Map<string, Authorizer>();
  AUTHORIZERS.set(api, known);
  known.set(id, {
    id,
    type: properties.Type,
    functionArn: functionIn(properties.AuthorizerUri),
    identitySources: properties.IdentitySource.split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
    validationExpression: properties.IdentityValidationExpression,
    ttlMs: properties.AuthorizerResultTtlInSeconds * 1000,
  });
  return { ref: id, attributes: { AuthorizerId: id } };
});

const GatewayResponseProperties = z.object({
  ...ofApi,
  ResponseType: z.string(),
  StatusCode: z.coerce.number().optional(),
  ResponseParameters: text,
  ResponseTemplates: text,
});
const gatewayResponse = resourceType(GatewayResponseProperties, (properties, resource, cloud) => {
  // In any case they replace the gateway's own.
  const headers = Object.entries(properties.ResponseParameters).map(([name, value]) => [
    headerName(name).toLowerCase(),
    unquote(value),
  ]);
  apiOf(properties.RestApiId, cloud).gatewayResponses.set(properties.ResponseType, {
    statusCode: properties.StatusCode,
    headers: Object.fromEntries(headers),
    template: properties.ResponseTemplates["application/json"],
  });
  return { ref: shortId(resource) };
});

const Stage = z.object({ ...ofApi, StageName: z.string(), Variables: text });
const stage = resourceType(Stage, ({ RestApiId, StageName, Variables }, _, cloud) => {
  apiOf(RestApiId, cloud).stages.set(StageName, Variables);
  return { ref: StageName };
});

const Deployment = z.object({ ...ofApi, StageName: z.string().optional() });
const deployment = resourceType(Deployment, ({ RestApiId, StageName }, resource, cloud) => {
  if (StageName !== undefined) apiOf(RestApiId, cloud).stages.set(StageName, {});
  return { ref: shortId(resource), attributes: { DeploymentId: shortId(resource) } };
});

function apiOf(id: string, { apis }: CloudServices): RestApi {
  const api = apis.get(id);
  if (api === undefined) throw new TemplateError(`there is no API ${id}`);
  return api;
}

/** Ids as API Gateway gives them, but the same at every start. */
export function shortId(resource: ResolvedResource): string {
  const digest = createHash("sha256").update(physicalName(resource)).digest();
  return BigInt(`0x${digest.toString("hex")}`)
    .toString(36)
    .slice(0, 10);
}

export const apiResources: ResourceTypes = {
  "AWS::ApiGateway::RestApi": restApi,
  "AWS::ApiGateway::Resource": pathResource,
  "AWS::ApiGateway::Method": method,
  "AWS::ApiGateway::Authorizer": authorizer,
  "AWS::ApiGateway::GatewayResponse": gatewayResponse,
  "AWS::ApiGateway::Stage": stage,
  "AWS::ApiGateway::Deployment": deployment,
};
