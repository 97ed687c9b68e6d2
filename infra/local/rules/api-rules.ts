import { isJsonObject, scalarText } from "../json.ts";
import type { ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const QUOTAS = "apigateway/latest/developerguide/limits.html";
const METHODS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const MAX_RESOURCES = 300;
/** An integration of a regional API answers within so many milliseconds; one that streams within a quarter of an hour. */
const MAX_TIMEOUT = { whole: 29_000, streaming: 900_000 };

const apis = new PropertyRules("API", "AWS::ApiGateway::RestApi", QUOTAS);
const resources = new PropertyRules(
  "API resource",
  "AWS::ApiGateway::Resource",
  "apigateway/latest/api/API_CreateResource.html",
);
const methods = new PropertyRules("API method", "AWS::ApiGateway::Method", "apigateway/latest/api/API_PutMethod.html");
const authorizers = new PropertyRules(
  "API authorizer",
  "AWS::ApiGateway::Authorizer",
  "apigateway/latest/api/API_CreateAuthorizer.html",
);
const stages = new PropertyRules("API stage", "AWS::ApiGateway::Stage", "apigateway/latest/api/API_CreateStage.html");
const replies = new PropertyRules(
  "gateway response",
  "AWS::ApiGateway::GatewayResponse",
  "apigateway/latest/api/API_PutGatewayResponse.html",
);

const isGreedy = (resource: ResourceView | undefined): boolean => /^\{\w+\+\}$/.test(resource?.text("PathPart") ?? "");
const timeoutOf = (method: ResourceView): number =>
  method.text("Integration.ResponseTransferMode") === "STREAM" ? MAX_TIMEOUT.streaming : MAX_TIMEOUT.whole;

const apiRules: readonly ServiceRule[] = [
  apis.required("Name"),
  apis.range("MinimumCompressionSize", 0, 10_485_760),
  apis.oneOf("EndpointConfiguration.Types.0", ["EDGE", "REGIONAL", "PRIVATE"]),
];

const resourceRules: readonly ServiceRule[] = [
  resources.shape(
    "PathPart",
    /^(\{[\w.:-]+\+?\}|[\w.:~$@!*'()+,;=%-]+)$/,
    "a word, or {name} or {name+} and nothing else",
  ),
  resources.rule("greedy part is the last", "nothing lies below {name+}", (resource) =>
    isGreedy(resource.target("ParentId")),
  ),
  resources.rule(
    "few enough",
    `an API has ${MAX_RESOURCES} resources at most`,
    (resource) => resource.siblings.length > MAX_RESOURCES,
  ),
  resources.rule("told apart", "two resources of one parent have different parts", (resource) =>
    resource.siblings.some(
      (other) =>
        other !== resource &&
        other.text("PathPart") === resource.text("PathPart") &&
        JSON.stringify(other.properties["ParentId"]) === JSON.stringify(resource.properties["ParentId"]),
    ),
  ),
];

const methodRules: readonly ServiceRule[] = [
  methods.oneOf("HttpMethod", METHODS),
  methods.oneOf("AuthorizationType", ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"]),
  methods.oneOf("Integration.Type", ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"]),
  methods.rule(
    "authorizer as declared",
    "AuthorizationType CUSTOM has an AuthorizerId, and NONE has none",
    (method) => {
      const type = method.text("AuthorizationType");
      return (type === "CUSTOM" && !method.has("AuthorizerId")) || (type === "NONE" && method.has("AuthorizerId"));
    },
  ),
  methods.rule(
    "integration in time",
    "TimeoutInMillis is 50 to 29000, to 900000 where the response streams",
    (method) => {
      const timeout = method.number("Integration.TimeoutInMillis");
      return timeout !== undefined && (timeout < 50 || timeout > timeoutOf(method));
    },
  ),
  methods.rule("Lambda is called by POST", "IntegrationHttpMethod of a function is POST", (method) => {
    const called = method.text("Integration.IntegrationHttpMethod");
    return method.text("Integration.Type") === "AWS_PROXY" && called !== undefined && called !== "POST";
  }),
];

const authorizerRules: readonly ServiceRule[] = [
  authorizers.oneOf("Type", ["TOKEN", "REQUEST", "COGNITO_USER_POOLS"]),
  authorizers.range("AuthorizerResultTtlInSeconds", 0, 3600),
  authorizers.rule(
    "token has a source",
    "an authorizer of TOKEN has IdentitySource",
    (authorizer) => authorizer.text("Type") === "TOKEN" && !authorizer.has("IdentitySource"),
  ),
  authorizers.rule(
    "cached requests have a source",
    "an authorizer of REQUEST that is cached has IdentitySource",
    (authorizer) =>
      authorizer.text("Type") === "REQUEST" &&
      (authorizer.number("AuthorizerResultTtlInSeconds") ?? 300) > 0 &&
      !authorizer.has("IdentitySource"),
  ),
];

const stageRules: readonly ServiceRule[] = [
  stages.shape("StageName", /^\w{1,128}$/, "letters, digits and _, 128 at most"),
  stages.oneOf("CacheClusterSize", ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"]),
  stages.rule("variables well formed", "a variable's value has letters, digits and -._~:/?#&=,", (stage) => {
    const variables = stage.at("Variables");
    if (!isJsonObject(variables)) return false;
    return Object.values(variables).some((value) => !/^[A-Za-z0-9\-._~:/?#&=,]*$/.test(scalarText(value) ?? ""));
  }),
];

const replyRules: readonly ServiceRule[] = [
  replies.required("ResponseType"),
  replies.shape("StatusCode", /^[1-5]\d\d$/, "three digits"),
];

const sockets = new PropertyRules(
  "WebSocket API",
  "AWS::ApiGatewayV2::Api",
  "apigatewayv2/latest/api-reference/apis.html",
);
const routes = new PropertyRules(
  "WebSocket route",
  "AWS::ApiGatewayV2::Route",
  "apigatewayv2/latest/api-reference/apis-apiid-routes.html",
);
const calls = new PropertyRules(
  "WebSocket integration",
  "AWS::ApiGatewayV2::Integration",
  "apigatewayv2/latest/api-reference/apis-apiid-integrations.html",
);

const isSocket = (api: ResourceView): boolean => api.text("ProtocolType") === "WEBSOCKET";

const socketRules: readonly ServiceRule[] = [
  sockets.oneOf("ProtocolType", ["WEBSOCKET", "HTTP"]),
  sockets.rule(
    "messages are routed",
    "a WebSocket API has RouteSelectionExpression",
    (api) => isSocket(api) && !api.has("RouteSelectionExpression"),
  ),
  routes.required("RouteKey"),
  routes.oneOf("AuthorizationType", ["NONE", "AWS_IAM", "CUSTOM", "JWT"]),
  routes.rule("only the handshake is authorized", "of WebSocket routes only $connect has an authorizer", (route) => {
    const api = route.target("ApiId");
    const key = route.text("RouteKey");
    return (
      api !== undefined && isSocket(api) && key !== "$connect" && (route.text("AuthorizationType") ?? "NONE") !== "NONE"
    );
  }),
  calls.range("TimeoutInMillis", 50, 29_000),
];

/** What API Gateway refuses. */
export const gatewayRules: readonly ServiceRule[] = [
  ...apiRules,
  ...resourceRules,
  ...methodRules,
  ...authorizerRules,
  ...stageRules,
  ...replyRules,
  ...socketRules,
];
