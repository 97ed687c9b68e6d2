import type { Json, JsonObject } from "../../../../infra/local/json.ts";

const attribute = (id: string, name = "Arn"): JsonObject => ({ "Fn::GetAtt": [id, name] });
const ref = (id: string): JsonObject => ({ Ref: id });

const role = (service: string): JsonObject => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
    },
  },
});
const resource = (Type: string, Properties: JsonObject): JsonObject => ({ Type, Properties });

/** One sound resource of every type that has rules, wired as they are in a real deployment. */
export const BASE: Readonly<Record<string, Json>> = {
  Role: role("lambda.amazonaws.com"),
  MachineRole: role("states.amazonaws.com"),
  ScheduleRole: role("scheduler.amazonaws.com"),
  Policy: resource("AWS::IAM::Policy", {
    PolicyName: "work",
    Roles: [ref("Role")],
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Sid: "Read", Effect: "Allow", Action: "sqs:ReceiveMessage", Resource: attribute("Queue") }],
    },
  }),
  Worker: resource("AWS::Lambda::Function", {
    FunctionName: "worker",
    Handler: "index.handler",
    Runtime: "nodejs24.x",
    Role: attribute("Role"),
    Code: { S3Bucket: "code", S3Key: "worker.zip" },
    Timeout: 30,
    MemorySize: 256,
    Architectures: ["arm64"],
    Environment: { Variables: { TABLE: ref("Table") } },
    LoggingConfig: { LogFormat: "JSON" },
  }),
  Permission: resource("AWS::Lambda::Permission", {
    Action: "lambda:InvokeFunction",
    FunctionName: ref("Worker"),
    Principal: "events.amazonaws.com",
  }),
  Dead: resource("AWS::SQS::Queue", { QueueName: "dead" }),
  Queue: resource("AWS::SQS::Queue", {
    QueueName: "work",
    VisibilityTimeout: 60,
    RedrivePolicy: { deadLetterTargetArn: attribute("Dead"), maxReceiveCount: 5 },
  }),
  FifoQueue: resource("AWS::SQS::Queue", { QueueName: "work.fifo", FifoQueue: true, ContentBasedDeduplication: true }),
  QueuePolicy: resource("AWS::SQS::QueuePolicy", {
    Queues: [ref("Queue"), ref("FifoQueue")],
    PolicyDocument: { Statement: [] },
  }),
  Mapping: resource("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: attribute("Queue"),
    FunctionName: ref("Worker"),
    BatchSize: 10,
    ScalingConfig: { MaximumConcurrency: 50 },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  }),
  FifoMapping: resource("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: attribute("FifoQueue"),
    FunctionName: ref("Worker"),
  }),
  StreamMapping: resource("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: attribute("Table", "StreamArn"),
    FunctionName: ref("Worker"),
    StartingPosition: "LATEST",
    BatchSize: 100,
  }),
  Table: resource("AWS::DynamoDB::Table", {
    TableName: "rows",
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
  }),
  Bucket: resource("AWS::S3::Bucket", {
    BucketName: "payloads",
    LifecycleConfiguration: { Rules: [{ Status: "Enabled", ExpirationInDays: 30 }] },
  }),
  Bus: resource("AWS::Events::EventBus", { Name: "events" }),
  Archive: resource("AWS::Events::Archive", { SourceArn: attribute("Bus"), RetentionDays: 90 }),
  Rule: resource("AWS::Events::Rule", {
    EventBusName: ref("Bus"),
    EventPattern: { source: ["worker"] },
    Targets: [{ Id: "queue", Arn: attribute("Queue") }],
  }),
  Clock: resource("AWS::Events::Rule", {
    ScheduleExpression: "rate(5 minutes)",
    Targets: [{ Id: "worker", Arn: attribute("Worker") }],
  }),
  Schedule: resource("AWS::Scheduler::Schedule", {
    ScheduleExpression: "rate(1 hour)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: attribute("Worker"), RoleArn: attribute("ScheduleRole") },
  }),
  Machine: resource("AWS::StepFunctions::StateMachine", {
    StateMachineName: "runner",
    RoleArn: attribute("MachineRole"),
    DefinitionString: {
      "Fn::Join": [
        "",
        ['{"StartAt":"a","States":{"a":{"Type":"Task","Resource":"', attribute("Worker"), '","End":true}}}'],
      ],
    },
  }),
  Alias: resource("AWS::StepFunctions::StateMachineAlias", {
    Name: "live",
    RoutingConfiguration: [{ StateMachineVersionArn: "arn", Weight: 100 }],
  }),
  Api: resource("AWS::ApiGateway::RestApi", { Name: "api", EndpointConfiguration: { Types: ["REGIONAL"] } }),
  Path: resource("AWS::ApiGateway::Resource", {
    RestApiId: ref("Api"),
    ParentId: attribute("Api", "RootResourceId"),
    PathPart: "files",
  }),
  Rest: resource("AWS::ApiGateway::Resource", { RestApiId: ref("Api"), ParentId: ref("Path"), PathPart: "{file}" }),
  Method: resource("AWS::ApiGateway::Method", {
    RestApiId: ref("Api"),
    ResourceId: ref("Rest"),
    HttpMethod: "GET",
    AuthorizationType: "CUSTOM",
    AuthorizerId: ref("Authorizer"),
    Integration: { Type: "AWS_PROXY", IntegrationHttpMethod: "POST", TimeoutInMillis: 29_000 },
  }),
  Authorizer: resource("AWS::ApiGateway::Authorizer", {
    Name: "tokens",
    Type: "TOKEN",
    IdentitySource: "method.request.header.Authorization",
  }),
  Stage: resource("AWS::ApiGateway::Stage", { StageName: "dev", Variables: { base: "https://example.org/a" } }),
  Reply: resource("AWS::ApiGateway::GatewayResponse", { ResponseType: "THROTTLED", StatusCode: "429" }),
  Sockets: resource("AWS::ApiGatewayV2::Api", {
    Name: "live",
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
  }),
  Route: resource("AWS::ApiGatewayV2::Route", {
    ApiId: ref("Sockets"),
    RouteKey: "$connect",
    AuthorizationType: "CUSTOM",
  }),
  Message: resource("AWS::ApiGatewayV2::Route", {
    ApiId: ref("Sockets"),
    RouteKey: "$default",
    AuthorizationType: "NONE",
  }),
  Call: resource("AWS::ApiGatewayV2::Integration", { ApiId: ref("Sockets"), IntegrationType: "AWS_PROXY" }),
  Alarm: resource("AWS::CloudWatch::Alarm", {
    AlarmName: "dead letters",
    MetricName: "ApproximateNumberOfMessagesVisible",
    Namespace: "AWS/SQS",
    Statistic: "Maximum",
    Period: 60,
    EvaluationPeriods: 3,
    ComparisonOperator: "GreaterThanThreshold",
    Threshold: 0,
  }),
  Logs: resource("AWS::Logs::LogGroup", { LogGroupName: "/aws/lambda/worker", RetentionInDays: 30 }),
  Topic: resource("AWS::SNS::Topic", { TopicName: "alarms" }),
};
