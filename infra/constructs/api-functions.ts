import { CfnParameter, Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { DataStack } from "../stacks/data-stack.ts";
import type { MessagingStack } from "../stacks/messaging-stack.ts";
import type { PlanningStack } from "../stacks/planning-stack.ts";
import { grantAgentSecrets, grantCall, grantCallTo, grantDeadLetters, grantMachines, grantPayloadNames, grantPayloads, grantTable } from "./grants.ts";
import { type Deployment, nameOf } from "./names.ts";
import { ServiceFunction } from "./service-function.ts";
import { storeEnvironment } from "./store-environment.ts";
import type { StreamPlaces } from "./stream-places.ts";

export interface ApiFunctionProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly planning: PlanningStack;
  /** Private hosts on which agents may live. */
  readonly agentPrivateHosts: string;
  /** Of the WebSocket API. */
  readonly socketUrl: string;
}

/** Says who shows a token. */
export function authorizeFunction(scope: Construct, { deployment }: Pick<ApiFunctionProps, "deployment">): LambdaFunction {
  const text = (id: string, description: string) => new CfnParameter(scope, id, { description, minLength: 1 }).valueAsString;
  return new ServiceFunction(scope, "Authorize", {
    deployment,
    folder: "authorize",
    timeout: Duration.seconds(5),
    environment: {
      JWT_ISSUER: text("JwtIssuer", "Issuer (iss) of the tokens that callers show"),
      JWT_AUDIENCE: text("JwtAudience", "Audience (aud) that tokens must be made for"),
      JWKS_URL: text("JwksUrl", "URL of the issuer's JSON Web Key Set"),
    },
  }).function;
}

/** The REST API. */
export function apiFunction(scope: Construct, props: ApiFunctionProps): LambdaFunction {
  const { deployment, data, messaging, planning, agentPrivateHosts, socketUrl } = props;
  const trial = tryFunction(scope, props);
  const upload = uploadFunction(scope, props);
  const { function: api } = new ServiceFunction(scope, "OrchestratorApi", {
    deployment,
    folder: "orchestrator-api",
    timeout: Duration.seconds(29),
    memorySize: 1024,
    environment: {
      ...storeEnvironment({ data, messaging, agentPrivateHosts }),
      CONTROL_TABLE: data.control.tableName,
      PLAN_FUNCTION: planning.planFunction.functionName,
      TRY_FUNCTION: trial.functionName,
      UPLOAD_FUNCTION: upload.functionName,
      TRACK_FUNCTION: nameOf(deployment, "track-execution"),
      BUS_NAME: messaging.bus.eventBusName,
      OWNER_TENANT: deployment.tenant,
      WEBSOCKET_URL: socketUrl,
      HOOK_FUNCTIONS: deployment.hookFunctions.join(","),
      HOOK_COMMANDS: (deployment.hookCommands ?? []).join(","),
      NOTIFICATION_QUEUE_URL: messaging.notifications.queueUrl,
      QUEUE_PREFIX: nameOf(deployment),
    },
  });
  allowApi(api, props);
  grantCall(api, trial);
  grantCall(api, upload);
  return api;
}

function allowApi(api: LambdaFunction, { deployment, messaging, planning }: ApiFunctionProps): void {
  grantTable(api, deployment, {
    table: "executions",
    actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "DescribeTable"],
  });
  grantTable(api, deployment, {
    table: "agents",
    actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "DescribeTable"],
  });
  grantTable(api, deployment, { table: "control", actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable"] });
  grantPayloads(api, deployment, { actions: ["GetObject", "PutObject"], keys: "T/*/X/*" });
  grantPayloads(api, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
  grantPayloadNames(api, deployment);
  // Steering queues parked tasks again and tells parents of a child's end.
  const { tasks, watch, settle, await: patient, hooks, notifications } = messaging;
  const queues = [...Object.values(tasks), watch, settle, patient, hooks, notifications];
  for (const queue of queues) queue.grantSendMessages(api);
  grantDeadLetters(api, deployment, queues.map(({ node }) => node.id));
  grantCallTo(api, deployment, "track-execution");
  grantMachines(api, deployment, { actions: ["StopExecution"], on: "execution" });
  messaging.bus.grantPutEventsTo(api);
  grantCall(api, planning.planFunction);
  grantMachines(api, deployment, { actions: ["StartExecution"], on: "stateMachine" });
  grantAgentSecrets(api);
}

/** Sends one message to an agent for a user who wants to see what it says; it may take as long as Lambda lets it. */
function tryFunction(scope: Construct, { deployment, data, agentPrivateHosts }: ApiFunctionProps): LambdaFunction {
  const { function: trial } = new ServiceFunction(scope, "TryAgent", {
    deployment,
    folder: "try-agent",
    timeout: Duration.minutes(15),
    memorySize: 256,
    environment: { AGENTS_TABLE: data.agents.tableName, AGENT_PRIVATE_HOSTS: agentPrivateHosts },
  });
  grantTable(trial, deployment, { table: "agents", actions: ["GetItem", "BatchGetItem", "PutItem"] });
  grantAgentSecrets(trial);
  return trial;
}

/** Reads what was uploaded, up to 100 MB: as bytes, as text, and parsed, which may take ten times as much. */
function uploadFunction(scope: Construct, { deployment, data }: ApiFunctionProps): LambdaFunction {
  const { function: upload } = new ServiceFunction(scope, "FinishUpload", {
    deployment,
    folder: "finish-upload",
    timeout: Duration.seconds(28),
    memorySize: 3008,
    environment: { PAYLOAD_BUCKET: data.payloads.bucketName },
  });
  grantPayloads(upload, deployment, { actions: ["GetObject", "PutObject"], keys: "T/*/X/*" });
  return upload;
}

/** The door for agents' pushes. */
export function pushFunction(scope: Construct, { deployment, data, messaging }: Pick<ApiFunctionProps, "deployment" | "data" | "messaging">): LambdaFunction {
  const { function: push } = new ServiceFunction(scope, "ReceivePush", {
    deployment,
    folder: "receive-push",
    timeout: Duration.seconds(10),
    memorySize: 256,
    environment: {
      EXECUTIONS_TABLE: data.executions.tableName,
      SETTLE_QUEUE_URL: messaging.settle.queueUrl,
      SETTLE_FUNCTION: nameOf(deployment, "settle-task"),
    },
  });
  grantTable(push, deployment, { table: "executions", actions: ["GetItem"] });
  messaging.settle.grantSendMessages(push);
  grantCallTo(push, deployment, "settle-task");
  return push;
}

/** Streams of executions; it holds them open as long as API Gateway does. */
export function streamFunction(scope: Construct, { deployment, data }: ApiFunctionProps, places: StreamPlaces): LambdaFunction {
  const { function: stream } = new ServiceFunction(scope, "StreamStatus", {
    deployment,
    folder: "stream-status",
    timeout: Duration.minutes(15),
    memorySize: 256,
    environment: { EXECUTIONS_TABLE: data.executions.tableName, PAYLOAD_BUCKET: data.payloads.bucketName },
  });
  grantTable(stream, deployment, { table: "executions", actions: ["GetItem", "Query"] });
  grantPayloads(stream, deployment, { actions: ["GetObject"], keys: "T/*/plans/*" });
  places.countIn(stream);
  return stream;
}
