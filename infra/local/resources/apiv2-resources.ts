import * as z from "zod";
import { type Authorizer, type Integration as MethodIntegration, RestApi } from "../apigateway/rest-api.ts";
import { WebSocketApi } from "../apigateway/websocket-api.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";
import { functionIn, shortId } from "./api-resources.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { count, resourceType } from "./resource-type.ts";

const Api = z.discriminatedUnion("ProtocolType", [
  z.object({ ProtocolType: z.literal("WEBSOCKET"), Name: z.string(), RouteSelectionExpression: z.string() }),
  z.object({ ProtocolType: z.literal("HTTP"), Name: z.string() }),
]);
const api = resourceType(Api, async (properties, resource, cloud) => {
  const id = shortId(resource);
  const { Name: name, ProtocolType } = properties;
  if (ProtocolType === "HTTP") await cloud.declareApi(new RestApi({ id, name, binaryMediaTypes: [], billedAs: "http_requests" }));
  else await cloud.declareSocketApi(new WebSocketApi({ id, name, selection: properties.RouteSelectionExpression }));
  const scheme = ProtocolType === "HTTP" ? "https" : "wss";
  const ApiEndpoint = `${scheme}://${id}.execute-api.${cloud.place.region}.amazonaws.com`;
  return { ref: id, attributes: { ApiId: id, ApiEndpoint } };
});

type AnyApi = WebSocketApi | RestApi;
type LambdaIntegration = Extract<MethodIntegration, { type: "lambda" }>;

const ofApi = { ApiId: z.string() };

/** Parts that routes name, by API and id: integrations as functions, authorizers. */
const INTEGRATIONS = new WeakMap<AnyApi, Map<string, LambdaIntegration>>();
const AUTHORIZERS = new WeakMap<AnyApi, Map<string, Authorizer>>();

function partsOf<Part>(parts: WeakMap<AnyApi, Map<string, Part>>, of: AnyApi): Map<string, Part> {
  const known = parts.get(of) ?? new Map<string, Part>();
  parts.set(of, known);
  return known;
}

const Integration = z.object({
  ...ofApi,
  IntegrationType: z.literal("AWS_PROXY"),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.string().default("1.0"),
  TimeoutInMillis: count.default(29_000),
});
const integration = resourceType(Integration, (properties, resource, cloud) => {
  const { ApiId, IntegrationUri, PayloadFormatVersion, TimeoutInMillis: timeoutMs } = properties;
  if (PayloadFormatVersion !== "1.0") throw new TemplateError(`payload format ${PayloadFormatVersion} is not supported here`);
  const id = shortId(resource);
  const functionArn = /^arn:[^/]+$/.test(IntegrationUri) ? IntegrationUri : functionIn(IntegrationUri);
  partsOf(INTEGRATIONS, apiOf(ApiId, cloud)).set(id, { type: "lambda", functionArn, isStreaming: false, timeoutMs });
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
  const integration = partsOf(INTEGRATIONS, of).get(Target.replace(/^integrations\//, ""));
  if (integration === undefined) throw new TemplateError(`'${Target}' is no integration of the API`);
  const guard = partsOf(AUTHORIZERS, of).get(AuthorizerId);
  if (AuthorizationType === "CUSTOM" && guard === undefined) throw new TemplateError("the authorizer is unknown");
  const isHttp = of instanceof RestApi;
  if (AuthorizationType === "CUSTOM" && (isHttp || RouteKey !== "$connect")) throw new TemplateError("only $connect may have an authorizer");
  if (isHttp) addMethod(of, RouteKey, { integration, resourceId: shortId(resource) });
  else of.addRoute(RouteKey, { functionArn: integration.functionArn, authorizer: guard });
  return { ref: shortId(resource) };
});

/** @param key - a verb and a path: `POST /push/{dispatch}`. */
function addMethod(api: RestApi, key: string, { integration, resourceId }: { integration: LambdaIntegration; resourceId: string }): void {
  const [verb = "", resourcePath] = key.split(" ");
  if (resourcePath === undefined) throw new TemplateError(`route '${key}' is not supported here`);
  api.addMethod(verb, { resourceId, resourcePath, integration, authorizer: undefined });
}

const Stage = z.object({ ...ofApi, StageName: z.string(), StageVariables: z.record(z.string(), z.string()).default({}) });
const stage = resourceType(Stage, ({ ApiId, StageName, StageVariables }, _, cloud) => {
  apiOf(ApiId, cloud).stages.set(StageName, StageVariables);
  return { ref: StageName };
});

const Deployment = z.object({ ...ofApi });
const deployment = resourceType(Deployment, (_, resource) => ({ ref: shortId(resource), attributes: { DeploymentId: shortId(resource) } }));

function apiOf(id: string, { socketApis, apis }: CloudServices): AnyApi {
  const found = socketApis.get(id) ?? apis.get(id);
  if (found === undefined) throw new TemplateError(`there is no API ${id}`);
  return found;
}

export const apiv2Resources: ResourceTypes = {
  "AWS::ApiGatewayV2::Api": api,
  "AWS::ApiGatewayV2::Integration": integration,
  "AWS::ApiGatewayV2::Authorizer": authorizer,
  "AWS::ApiGatewayV2::Route": route,
  "AWS::ApiGatewayV2::Stage": stage,
  "AWS::ApiGatewayV2::Deployment": deployment,
};
