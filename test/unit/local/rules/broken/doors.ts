import type { JsonObject } from "../../../../../infra/local/json.ts";
import { type Broken, type Change, each, many, set, text } from "./change.ts";

const paths = (count: number): Change =>
  Object.fromEntries(
    many(count).map((name) => [
      name,
      { Type: "AWS::ApiGateway::Resource", Properties: { PathPart: name, ParentId: { Ref: "Path" } } },
    ]),
  );

export const APIS: readonly Broken[] = [
  ...each("API: Name present", set("Api.Name", undefined)),
  ...each("API: MinimumCompressionSize in range", set("Api.MinimumCompressionSize", -1, 10_485_761)),
  ...each("API: EndpointConfiguration.Types.0 known", set("Api.EndpointConfiguration.Types", ["GLOBAL"])),
  ...each("API resource: PathPart well formed", set("Rest.PathPart", "a/b", "{file", "{file}.json")),
  ["API resource: greedy part is the last", { "Path.PathPart": "{all+}" }],
  ["API resource: few enough", paths(299)],
  [
    "API resource: told apart",
    { Twin: { Type: "AWS::ApiGateway::Resource", Properties: { PathPart: "{file}", ParentId: { Ref: "Path" } } } },
  ],
  ...each("API method: HttpMethod known", set("Method.HttpMethod", "FETCH")),
  ...each("API method: AuthorizationType known", set("Method.AuthorizationType", "TOKEN")),
  ...each("API method: Integration.Type known", set("Method.Integration.Type", "LAMBDA")),
  ...each("API method: authorizer as declared", [
    { "Method.AuthorizerId": undefined },
    { "Method.AuthorizationType": "NONE" },
  ]),
  ...each("API method: integration in time", [
    { "Method.Integration.TimeoutInMillis": 49 },
    { "Method.Integration.TimeoutInMillis": 29_001 },
    { "Method.Integration.TimeoutInMillis": 900_001, "Method.Integration.ResponseTransferMode": "STREAM" },
  ]),
  ...each("API method: Lambda is called by POST", set("Method.Integration.IntegrationHttpMethod", "GET")),
  ...each("API authorizer: Type known", set("Authorizer.Type", "JWT")),
  ...each(
    "API authorizer: AuthorizerResultTtlInSeconds in range",
    set("Authorizer.AuthorizerResultTtlInSeconds", -1, 3601),
  ),
  ...each("API authorizer: token has a source", set("Authorizer.IdentitySource", undefined)),
  ...each("API authorizer: cached requests have a source", [
    { "Authorizer.Type": "REQUEST", "Authorizer.IdentitySource": undefined },
  ]),
  ...each("API stage: StageName well formed", set("Stage.StageName", "a-b", text(129))),
  ...each("API stage: CacheClusterSize known", set("Stage.CacheClusterSize", "2")),
  ...each("API stage: variables well formed", set("Stage.Variables", { name: "two words" })),
  ...each("gateway response: ResponseType present", set("Reply.ResponseType", undefined)),
  ...each("gateway response: StatusCode well formed", set("Reply.StatusCode", "4xx", "42")),
  ...each("WebSocket API: ProtocolType known", set("Sockets.ProtocolType", "MQTT")),
  ...each("WebSocket API: messages are routed", set("Sockets.RouteSelectionExpression", undefined)),
  ...each("WebSocket route: RouteKey present", set("Route.RouteKey", undefined)),
  ...each("WebSocket route: AuthorizationType known", set("Route.AuthorizationType", "TOKEN")),
  ...each("WebSocket route: only the handshake is authorized", set("Message.AuthorizationType", "CUSTOM")),
  ...each("WebSocket integration: TimeoutInMillis in range", set("Call.TimeoutInMillis", 49, 29_001)),
];

const statement = (more: JsonObject): JsonObject => ({
  Effect: "Allow",
  Action: "sqs:ReceiveMessage",
  Resource: "*",
  ...more,
});

export const ACCESS: readonly Broken[] = [
  ...each("role: AssumeRolePolicyDocument present", set("Role.AssumeRolePolicyDocument", undefined)),
  ...each("role: RoleName well formed", set("Role.RoleName", "two words", text(65))),
  ...each("role: MaxSessionDuration in range", set("Role.MaxSessionDuration", 3599, 43_201)),
  ...each("role: Description short enough", set("Role.Description", text(1001))),
  ...each("role: ManagedPolicyArns few enough", set("Role.ManagedPolicyArns", many(21))),
  ...each("role: trust names someone", set("Role.AssumeRolePolicyDocument.Statement.0.Principal", undefined)),
  ...each("role: trust names no resource", set("Role.AssumeRolePolicyDocument.Statement.0.Resource", "*")),
  ...each(
    "role: trust small enough",
    set("Role.AssumeRolePolicyDocument.Statement.0.Condition", { StringEquals: { "aws:SourceArn": text(2048) } }),
  ),
  ...each("role: policies small enough", [
    { "Policy.PolicyDocument.Statement": [statement({ Resource: text(10_241) })] },
    {
      "Policy.PolicyDocument.Statement": [statement({ Resource: text(6000) })],
      "Role.Policies": [{ PolicyName: "more", PolicyDocument: { Statement: [statement({ Resource: text(6000) })] } }],
    },
  ]),
  ...each("policy: PolicyName present", set("Policy.PolicyName", undefined)),
  ...each("policy: PolicyName well formed", set("Policy.PolicyName", "two words", text(129))),
  ...each("policy: version known", set("Policy.PolicyDocument.Version", "2024-01-01")),
  ...each(
    "policy: statements complete",
    set("Policy.PolicyDocument.Statement", [statement({ Effect: "allow" })], [{ Effect: "Allow", Resource: "*" }]),
  ),
  ...each(
    "policy: statements name resources",
    set("Policy.PolicyDocument.Statement", [{ Effect: "Allow", Action: "sqs:*" }]),
  ),
  ...each(
    "policy: statements name no principal",
    set("Policy.PolicyDocument.Statement", [statement({ Principal: "*" })]),
  ),
  ...each(
    "policy: actions well formed",
    set(
      "Policy.PolicyDocument.Statement",
      [statement({ Action: "ReceiveMessage" })],
      [statement({ Action: ["sqs:*", "sqs"] })],
    ),
  ),
  ...each(
    "policy: statement ids well formed",
    set(
      "Policy.PolicyDocument.Statement",
      [statement({ Sid: "a-b" })],
      [statement({ Sid: "a" }), statement({ Sid: "a" })],
    ),
  ),
  ...each("policy: attached to someone", set("Policy.Roles", [], undefined)),
];
