import { CfnCondition, CfnOutput, CfnParameter, Duration, Fn, Stack, type StackProps } from "aws-cdk-lib";
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  type IAuthorizer,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseTransferMode,
  ResponseType,
  RestApi,
  TokenAuthorizer,
} from "aws-cdk-lib/aws-apigateway";
import type { Function as LambdaFunction, IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { A2aEndpoint } from "../constructs/a2a-endpoint.ts";
import { Dashboard } from "../constructs/dashboard.ts";
import { apiFunction, authorizeFunction, pushFunction, streamFunction } from "../constructs/api-functions.ts";
import { acknowledge } from "../constructs/grants.ts";
import { LiveSockets } from "../constructs/live-sockets.ts";
import { type Deployment, nameOf } from "../constructs/names.ts";
import { PushDoor } from "../constructs/push-door.ts";
import { StreamPlaces } from "../constructs/stream-places.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";
import type { PlanningStack } from "./planning-stack.ts";

export interface ApiStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly planning: PlanningStack;
}

/** Ways in, and where they lead. */
interface Doors {
  readonly api: RestApi;
  readonly authorize: LambdaFunction;
  readonly push: LambdaFunction;
  readonly socketUrl: string;
  /** URL under which the API is reached; empty: the one that the caller used. */
  readonly publicUrl: string;
}

/** REST API, WebSocket API, their authorizer, and the door for agents' pushes. */
export class ApiStack extends Stack {
  /** Where agents push to; for other stacks. */
  readonly pushBaseUrl: string;
  readonly agentPrivateHosts: string;
  /** Pushes that no receiver took. */
  readonly deadLetters: readonly Queue[];

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const publicUrl = new CfnParameter(this, "PublicBaseUrl", {
      default: "",
      description: "Base URL under which agents and callers reach the API; empty: the APIs' own URLs",
    });
    const privateHosts = new CfnParameter(this, "AgentPrivateHosts", {
      default: "",
      description: "Private hosts (host or host:port, comma-separated) on which agents may live; plain http is allowed there",
    });
    this.agentPrivateHosts = privateHosts.valueAsString;
    const api = this.#restApi(props.deployment);
    const authorize = authorizeFunction(this, props);
    const push = pushFunction(this, props);
    const door = new PushDoor(this, "PushDoor", { deployment: props.deployment, push });
    const live = new LiveSockets(this, "Live", { ...props, authorize });
    new CfnOutput(this, "WebSocketUrl", { value: live.url });
    this.deadLetters = this.#routes(props, { api, authorize, push, socketUrl: live.url, publicUrl: publicUrl.valueAsString });
    for (const [rule, reason] of FINDINGS) acknowledge(api, rule, reason);
    const own = new CfnCondition(this, "HasPublicBaseUrl", {
      expression: Fn.conditionNot(Fn.conditionEquals(publicUrl.valueAsString, "")),
    });
    const publicOr = (url: string): string => Fn.conditionIf(own.logicalId, publicUrl.valueAsString, url).toString();
    new CfnOutput(this, "ApiUrl", { value: publicOr(api.url) });
    new CfnOutput(this, "PushUrl", { value: publicOr(door.url) });
    // Exported by hand: a condition means nothing in another stack.
    this.pushBaseUrl = this.exportValue(publicOr(door.url), { name: `${nameOf(props.deployment)}:PushBaseUrl` });
  }

  #restApi(deployment: Deployment): RestApi {
    const accessLogs = new LogGroup(this, "AccessLogs", {
      logGroupName: `/aws/apigateway/${nameOf(deployment)}`,
      retention: RetentionDays.ONE_MONTH,
    });
    const api = new RestApi(this, "Api", {
      restApiName: nameOf(deployment, "api"),
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName: deployment.stage,
        // 1000 requests a minute and client are the usage plan's; this is the ceiling for all clients together.
        throttlingRateLimit: 1000,
        throttlingBurstLimit: 2000,
        tracingEnabled: true,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
      },
    });
    for (const [type, status, detail] of REFUSALS) {
      const title = status === "401" ? "no valid token" : status === "429" ? "too many requests" : "the request was refused";
      api.addGatewayResponse(`Refusal${status}${type.responseType}`, {
        type,
        statusCode: status,
        responseHeaders: { "Content-Type": "'application/problem+json'" },
        templates: { "application/json": JSON.stringify({ type: `urn:a2a-orchestrator:problem:http-${status}`, title, status: Number(status), detail }) },
      });
    }
    return api;
  }

  #routes(props: ApiStackProps, { api, authorize, push, socketUrl, publicUrl }: Doors): readonly Queue[] {
    const authorizer = new TokenAuthorizer(this, "Authorizer", {
      handler: authorize,
      resultsCacheTtl: Duration.minutes(5),
    });
    const guarded = { authorizer, authorizationType: AuthorizationType.CUSTOM };
    const open = { authorizationType: AuthorizationType.NONE };
    const functions = { ...props, agentPrivateHosts: this.agentPrivateHosts, socketUrl };
    const orchestrator = new LambdaIntegration(apiFunction(this, functions), { timeout: Duration.seconds(29) });
    for (const path of ["health", "ready", "startup", "openapi.json", "openrpc.json"]) {
      api.root.addResource(path).addMethod("GET", orchestrator, open);
    }
    api.root.addResource("rpc").addMethod("POST", orchestrator, guarded);
    api.root.addResource("metrics").addMethod("GET", orchestrator, guarded);
    const v1 = api.root.addResource("api").addResource("v1");
    v1.addResource("{proxy+}").addMethod("ANY", orchestrator, guarded);
    const places = new StreamPlaces(this, "StreamPlaces", props);
    this.#streamRoute(streamFunction(this, functions, places), v1.addResource("executions").addResource("{execution_id}").addResource("stream"), guarded);
    // Agents come here where the deployment has a name of its own.
    api.root.addResource("push").addResource("{dispatch}").addMethod("POST", new LambdaIntegration(push, { timeout: Duration.seconds(10) }), open);
    this.#keepProxy(v1.getResource("executions"), orchestrator, guarded);
    new Dashboard(this, "Dashboard", { deployment: props.deployment, api, open });
    const endpoint = new A2aEndpoint(this, "A2a", { ...props, api, guarded, open, publicUrl, places, privateHosts: this.agentPrivateHosts });
    return [endpoint.deadLetters];
  }

  /** A fixed resource hides its siblings from the greedy one above it, so it gets a greedy child of its own. */
  #keepProxy(
    executions: ReturnType<RestApi["root"]["getResource"]>,
    integration: LambdaIntegration,
    guarded: { authorizer: IAuthorizer; authorizationType: AuthorizationType },
  ): void {
    if (executions === undefined) return;
    executions.addMethod("ANY", integration, guarded);
    const one = executions.getResource("{execution_id}");
    one?.addMethod("ANY", integration, guarded);
    one?.addResource("{proxy+}").addMethod("ANY", integration, guarded);
  }

  #streamRoute(
    stream: IFunction,
    resource: ReturnType<RestApi["root"]["addResource"]>,
    guarded: { authorizer: IAuthorizer; authorizationType: AuthorizationType },
  ): void {
    const integration = new LambdaIntegration(stream, {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: Duration.minutes(15),
    });
    resource.addMethod("GET", integration, guarded);
  }
}

const REFUSALS = [
  [ResponseType.UNAUTHORIZED, "401", "send a current token as 'Authorization: Bearer …'"],
  [ResponseType.ACCESS_DENIED, "403", "the token does not give access here"],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, "404", "there is nothing at this path; GET /openapi.json lists every operation, GET /openrpc.json every method of /rpc"],
  [ResponseType.THROTTLED, "429", "slow down and try again"],
  [ResponseType.REQUEST_TOO_LARGE, "413", "keep large inputs in storage and pass references"],
] as const;

/** What cdk-nag finds about the API as a whole, and why it stands. */
const FINDINGS = [
  ["AwsSolutions-APIG2", "every handler parses its input by a strict schema, with clearer errors than the gateway's validator gives"],
  ["AwsSolutions-APIG3", "a web ACL is the account's to choose; associate one with the stage where the API faces the internet"],
  ["AwsSolutions-APIG4", "probes, the OpenAPI document and pushes are public on purpose: pushes prove themselves by the attempt's secret"],
  ["AwsSolutions-COG4", "tokens come from the company's own issuer, which need not be Cognito; our authorizer verifies them"],
  [
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
    "the account-wide role that API Gateway documents for its logs",
  ],
] as const;
