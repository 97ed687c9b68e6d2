import { CfnElement, Duration, Stack } from "aws-cdk-lib";
import { type IWebSocketApi, LogGroupLogDestination, WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { DataStack } from "../stacks/data-stack.ts";
import type { MessagingStack } from "../stacks/messaging-stack.ts";
import { acknowledge, grantTable } from "./grants.ts";
import { type Deployment, nameOf } from "./names.ts";
import { ServiceFunction } from "./service-function.ts";

export interface LiveSocketsProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  /** Says who shows a token. */
  readonly authorize: LambdaFunction;
}

/** Executions over WebSocket (spec 004 §4.4): the API, who opens connections, and what is pushed to them. */
export class LiveSockets extends Construct {
  /** `wss://…`, stage included. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LiveSocketsProps) {
    super(scope, id);
    const { deployment } = props;
    const api = new WebSocketApi(this, "Api", {
      apiName: nameOf(deployment, "live"),
      description: "What happens in executions, as it happens",
      routeSelectionExpression: "$request.body.action",
    });
    const stage = this.#stage(api, deployment);
    this.url = stage.url;
    const socket = this.#socketFunction(props, stage);
    const integration = (route: string) => new WebSocketLambdaIntegration(`${route}Integration`, socket);
    // No identity source: a token may stand in the header or in the query, and a caller that shows none is refused as well.
    const authorizer = new WebSocketLambdaAuthorizer("Authorizer", props.authorize, { identitySource: [] });
    api.addRoute("$connect", { integration: integration("Connect"), authorizer });
    api.addRoute("$disconnect", { integration: integration("Disconnect") });
    api.addRoute("$default", { integration: integration("Default") });
    this.#pushFunction(props, stage);
    acknowledge(this, "AwsSolutions-APIG4", "API Gateway authorizes connections when they open, and no message of theirs");
  }

  #stage(api: WebSocketApi, deployment: Deployment): WebSocketStage {
    const logGroup = new LogGroup(this, "AccessLogs", {
      logGroupName: `/aws/apigateway/${nameOf(deployment, "live")}`,
      retention: RetentionDays.ONE_MONTH,
    });
    return new WebSocketStage(this, "Stage", {
      webSocketApi: api,
      stageName: deployment.stage,
      autoDeploy: true,
      throttle: { rateLimit: 1000, burstLimit: 2000 },
      // The query is left out: it may hold a token.
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    });
  }

  #socketFunction({ deployment, data }: LiveSocketsProps, stage: WebSocketStage): LambdaFunction {
    const { function: socket } = new ServiceFunction(this, "LiveSocket", {
      deployment,
      folder: "live-socket",
      timeout: Duration.seconds(29),
      memorySize: 256,
      environment: { EXECUTIONS_TABLE: data.executions.tableName, CONTROL_TABLE: data.control.tableName, SOCKETS_URL: stage.callbackUrl },
    });
    grantTable(socket, deployment, { table: "executions", actions: ["GetItem", "Query"] });
    grantSubscriptions(socket, deployment, ["PutItem", "DeleteItem"]);
    this.#grantPosts(socket, stage);
    return socket;
  }

  #pushFunction({ deployment, data, messaging }: LiveSocketsProps, stage: WebSocketStage): void {
    const { function: push } = new ServiceFunction(this, "PushLive", {
      deployment,
      folder: "push-live",
      timeout: Duration.seconds(30),
      memorySize: 1024,
      environment: { CONTROL_TABLE: data.control.tableName, SOCKETS_URL: stage.callbackUrl },
    });
    grantSubscriptions(push, deployment, ["Query", "DeleteItem"]);
    this.#grantPosts(push, stage);
    push.addEventSource(new SqsEventSource(messaging.live, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 50 }));
  }

  /** Posting to connections and ending them. Their ids are known at run time only. */
  #grantPosts(worker: LambdaFunction, stage: WebSocketStage): void {
    const { partition, region, account } = Stack.of(this);
    const resource = `arn:${partition}:execute-api:${region}:${account}:${stage.api.apiId}/${stage.stageName}/*/@connections/*`;
    worker.addToRolePolicy(new PolicyStatement({ actions: ["execute-api:ManageConnections"], resources: [resource] }));
    const shown = `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${idOf(stage.api)}>/${stage.stageName}/*/@connections/*`;
    acknowledge(worker, `AwsSolutions-IAM5[Resource::${shown}]`, "connections are named at run time, all below this one stage");
  }
}

function idOf({ node }: IWebSocketApi): string {
  const { defaultChild } = node;
  if (!(defaultChild instanceof CfnElement)) throw new Error(`${node.path} is no API of ours`);
  return Stack.of(defaultChild).getLogicalId(defaultChild);
}

/** Allows operations on the subscriptions of WebSocket connections alone. */
export function grantSubscriptions(worker: LambdaFunction, deployment: Deployment, actions: readonly string[]): void {
  const arn = Stack.of(worker).formatArn({ service: "dynamodb", resource: "table", resourceName: nameOf(deployment, "control") });
  worker.addToRolePolicy(
    new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [arn],
      conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["T#*#LIVE"] } },
    }),
  );
}
