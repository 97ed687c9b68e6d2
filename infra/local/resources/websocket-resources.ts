import * as z from "zod";
import type { Authorizer } from "../apigateway/rest-api.ts";
import { WebSocketApi } from "../apigateway/websocket-api.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";
import { functionIn, shortId } from "./api-resources.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { resourceType } from "./resource-type.ts";

const Api = z.object({
  Name: z.string(),
  ProtocolType: z.literal("WEBSOCKET", { error: "only WebSocket APIs of this version are supported here" }),
  RouteSelectionExpression: z.string(),
});
const api = resourceType(Api, async ({ Name: name, RouteSelectionExpression: selection }, resource, cloud) => {
  const id = shortId(resource);
  const made = new WebSocketApi({ id, name, selection });
  await cloud.declareSocketApi(made);
  const { region } = cloud.place;
  return { ref: id, attributes: { ApiId: id, ApiEndpoint: `wss://${id}.execute-api.${region}.amazonaws.com` } };
});

const ofApi = { ApiId: z.string() };

/** Parts that routes name, by API and id: integrations as functions, authorizers. */
const INTEGRATIONS = new WeakMap<WebSocketApi, Map<string, string>>();
const AUTHORIZERS = new WeakMap<WebSocketApi, Map<string, Authorizer>>();

function partsOf<Part>(parts: WeakMap<WebSocketApi, Map<string, Part>>, of: WebSocketApi): Map<string, Part> {
  const known = parts.get(of) ?? new Map<string, Part>();
  parts.set(of, known);
  return known;
}

const Integration = z.object({ ...ofApi, IntegrationType: z.literal("AWS_PROXY"), IntegrationUri: z.string() });
const integration = resourceType(Integration, ({ ApiId, IntegrationUri }, resource, cloud) => {
  const id = shortId(resource);
  partsOf(INTEGRATIONS, apiOf(ApiId, cloud)).set(id, functionIn(IntegrationUri));
  return { ref: id };
});

const AuthorizerProperties = z.object({
  ...ofApi,
  AuthorizerType: z.literal("REQUEST"),
  AuthorizerUri: z.string(),
  IdentitySource: z.array(z.string()).default([]),
});
const authorizer = resourceType(AuthorizerProperties, ({ ApiId, AuthorizerUri, IdentitySource }, resource, cloud) => {
  const id = shortId(resource);
  // `route.request.header.X` is what REST APIs call `method.request.header.X`; nothing is remembered of a handshake.
  const identitySources = IdentitySource.map((source) => source.replace(/^route\./, "method."));
  const part = { id, type: "REQUEST", functionArn: functionIn(AuthorizerUri), identitySources, validationExpression: undefined, ttlMs: 0 } as const;
  partsOf(AUTHORIZERS, apiOf(ApiId, cloud)).set(id, part);
  return { ref: id, attributes: { AuthorizerId: id } };
});

const Route = z.object({
  ...ofApi,
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z.enum(["NONE", "CUSTOM"]).default("NONE"),
  AuthorizerId: z.string().optional(),
});
const route = resourceType(Route, ({ ApiId, RouteKey, Target, AuthorizationType, AuthorizerId = "" }, resource, cloud) => {
  const of = apiOf(ApiId, cloud);
  const functionArn = partsOf(INTEGRATIONS, of).get(Target.replace(/^integrations\//, ""));
  if (functionArn === undefined) throw new TemplateError(`'${Target}' is no integration of the API`);
  const guard = partsOf(AUTHORIZERS, of).get(AuthorizerId);
  if (AuthorizationType === "CUSTOM" && guard === undefined) throw new TemplateError("the authorizer is unknown");
  if (AuthorizationType === "CUSTOM" && RouteKey !== "$connect") throw new TemplateError("only $connect may have an authorizer");
  of.addRoute(RouteKey, { functionArn, authorizer: guard });
  return { ref: shortId(resource) };
});

const Stage = z.object({ ...ofApi, StageName: z.string(), StageVariables: z.record(z.string(), z.string()).default({}) });
const stage = resourceType(Stage, ({ ApiId, StageName, StageVariables }, _, cloud) => {
  apiOf(ApiId, cloud).stages.set(StageName, StageVariables);
  return { ref: StageName };
});

const Deployment = z.object({ ...ofApi });
const deployment = resourceType(Deployment, (_, resource) => ({ ref: shortId(resource), attributes: { DeploymentId: shortId(resource) } }));

function apiOf(id: string, { socketApis }: CloudServices): WebSocketApi {
  const found = socketApis.get(id);
  if (found === undefined) throw new TemplateError(`there is no WebSocket API ${id}`);
  return found;
}

export const websocketResources: ResourceTypes = {
  "AWS::ApiGatewayV2::Api": api,
  "AWS::ApiGatewayV2::Integration": integration,
  "AWS::ApiGatewayV2::Authorizer": authorizer,
  "AWS::ApiGatewayV2::Route": route,
  "AWS::ApiGatewayV2::Stage": stage,
  "AWS::ApiGatewayV2::Deployment": deployment,
};
