import { App, CfnOutput, CustomResource, Duration, Stack } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sources from "aws-cdk-lib/aws-lambda-event-sources";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as sqs from "aws-cdk-lib/aws-sqs";
import * as stepfunctions from "aws-cdk-lib/aws-stepfunctions";
import * as tasks from "aws-cdk-lib/aws-stepfunctions-tasks";
import { buildSync } from "esbuild";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const SOURCE = new URL("functions", import.meta.url).pathname;

/** Bundles the functions of the mini app into one folder each. */
function bundle(directory: string): void {
  const names = readdirSync(SOURCE).map((file) => file.replace(".ts", ""));
  buildSync({
    entryPoints: Object.fromEntries(names.map((name) => [`${name}/index`, join(SOURCE, `${name}.ts`)])),
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module';const require = bundledRequire(import.meta.url);",
    },
  });
}

export interface MiniAppOptions {
  /** Receives bundles and `cdk.out`. */
  readonly directory: string;
  /** A property of the custom resource: another value is an update. */
  readonly greeted?: string;
}

/** Synthesizes a small app that uses every service of the embedded cloud. @returns the assembly's directory. */
export function synthesizeMiniApp({ directory, greeted = "world" }: MiniAppOptions): string {
  // The built-in template validation costs seconds and does not know this cloud.
  process.env["CDK_VALIDATION"] ??= "false";
  bundle(join(directory, "bundles"));
  const app = new App({ outdir: join(directory, "cdk.out"), analyticsReporting: false });
  const data = new Stack(app, "Data");
  const table = new dynamodb.TableV2(data, "Items", {
    partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
    dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
  });
  const bucket = new s3.Bucket(data, "Archive");
  const logic = new Stack(app, "Logic");
  const fn: NewFunction = (name, environment = {}, seconds = 30) =>
    new lambda.Function(logic, name, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: lambda.Code.fromAsset(join(directory, "bundles", name)),
      timeout: Duration.seconds(seconds),
      environment,
    });
  addEventFlow(logic, { table, bucket, fn });
  addStateMachine(logic, fn("work"));
  addApi(logic, {
    putItem: fn("put-item", { TABLE: table.tableName }),
    authorize: fn("authorize"),
    stream: fn("stream"),
  });
  const greeting = new CustomResource(logic, "Greeting", {
    serviceToken: fn("provide").functionArn,
    properties: { Name: greeted, Count: 3 },
  });
  output(logic, "GreetingText", greeting.getAttString("Text"));
  output(logic, "BucketName", bucket.bucketName);
  app.synth();
  return join(directory, "cdk.out");
}

const output = (stack: Stack, name: string, value: string): CfnOutput => new CfnOutput(stack, name, { value });
const rule = (...input: ConstructorParameters<typeof events.Rule>): events.Rule => new events.Rule(...input);

type NewFunction = (name: string, environment?: Record<string, string>, seconds?: number) => lambda.Function;

/** The queue hides a message for as long as its function may take, and tries it again after that. */
const ARCHIVE_SECONDS = 3;

interface EventFlow {
  readonly table: dynamodb.TableV2;
  readonly bucket: s3.Bucket;
  readonly fn: NewFunction;
}

function addEventFlow(stack: Stack, { table, bucket, fn }: EventFlow): void {
  const bus = new events.EventBus(stack, "Bus", { eventBusName: "mini" });
  const publish = fn("publish", { BUS: bus.eventBusName });
  publish.addEventSourceMapping("Stream", {
    eventSourceArn: table.tableStreamArn ?? "",
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 100,
  });
  const deadLetters = new sqs.Queue(stack, "DeadLetters");
  const stored = new sqs.Queue(stack, "Stored", {
    visibilityTimeout: Duration.seconds(ARCHIVE_SECONDS),
    // The crash test kills three times; a message that was in flight each time must still get its turn.
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 4 },
  });
  rule(stack, "StoredRule", {
    eventBus: bus,
    eventPattern: { source: events.Match.prefix("mini."), detailType: ["item.stored"] },
    targets: [new targets.SqsQueue(stored, { message: events.RuleTargetInput.fromEventPath("$.detail") })],
  });
  const archive = fn("archive", { BUCKET: bucket.bucketName }, ARCHIVE_SECONDS);
  archive.addEventSource(new sources.SqsEventSource(stored, { batchSize: 10, reportBatchItemFailures: true }));
  const ended = new sqs.Queue(stack, "Ended");
  rule(stack, "EndedRule", {
    eventPattern: { source: ["aws.states"], detail: { status: ["SUCCEEDED"] } },
    targets: [new targets.SqsQueue(ended)],
  });
  output(stack, "DeadLettersUrl", deadLetters.queueUrl);
  output(stack, "EndedUrl", ended.queueUrl);
}

function addStateMachine(stack: Stack, work: lambda.Function): void {
  const queue = new sqs.Queue(stack, "Work");
  work.addEventSource(new sources.SqsEventSource(queue, { batchSize: 10 }));
  const double = new tasks.SqsSendMessage(stack, "Double", {
    queue,
    integrationPattern: stepfunctions.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    messageBody: stepfunctions.TaskInput.fromObject({
      token: stepfunctions.JsonPath.taskToken,
      "value.$": "$.value",
    }),
  });
  const pause = new stepfunctions.Wait(stack, "Pause", { time: stepfunctions.WaitTime.secondsPath("$.pause") });
  const keep = new stepfunctions.Pass(stack, "Keep", {
    result: stepfunctions.Result.fromObject({ value: 21, pause: 0 }),
  });
  const machine = new stepfunctions.StateMachine(stack, "Doubler", {
    stateMachineName: "doubler",
    definitionBody: stepfunctions.DefinitionBody.fromChainable(pause.next(keep).next(double)),
  });
  output(stack, "MachineArn", machine.stateMachineArn);
}

function addApi(
  stack: Stack,
  { putItem, authorize, stream }: Record<"putItem" | "authorize" | "stream", lambda.Function>,
): void {
  const api = new apigateway.RestApi(stack, "Api", { restApiName: "mini" });
  const item = api.root.addResource("items").addResource("{id}");
  item.addMethod("PUT", new apigateway.LambdaIntegration(putItem));
  const authorizer = new apigateway.TokenAuthorizer(stack, "Authorizer", { handler: authorize });
  item.addMethod("GET", new apigateway.LambdaIntegration(putItem), { authorizer });
  item.addCorsPreflight({ allowOrigins: ["https://example.test"] });
  const transfer = { responseTransferMode: apigateway.ResponseTransferMode.STREAM };
  api.root.addResource("stream").addMethod("GET", new apigateway.LambdaIntegration(stream, transfer));
  const plain = new apigatewayv2.HttpApi(stack, "Plain", { apiName: "plain" });
  const payloadFormatVersion = apigatewayv2.PayloadFormatVersion.VERSION_1_0;
  const integration = new HttpLambdaIntegration("Item", putItem, { payloadFormatVersion });
  plain.addRoutes({ path: "/items/{id}", methods: [apigatewayv2.HttpMethod.PUT, apigatewayv2.HttpMethod.GET], integration });
  api.addGatewayResponse("Missing", { type: apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN, statusCode: "404" });
}
