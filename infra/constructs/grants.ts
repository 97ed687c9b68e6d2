import { ArnFormat, Stack, Validations } from "aws-cdk-lib";
import { type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { DEAD_LETTER_QUEUES } from "../../shared/incidents/dead-letter-queues.ts";
import { type Deployment, nameOf } from "./names.ts";

/** A table of the data stack, by the end of its name. */
export type TableName = "executions" | "agents" | "control";

/** Allows operations on a table and, for queries, on its indexes. */
export function grantTable(
  worker: LambdaFunction,
  deployment: Deployment,
  { table, actions }: { table: TableName; actions: readonly string[] },
): void {
  const resourceName = nameOf(deployment, table);
  const arn = Stack.of(worker).formatArn({ service: "dynamodb", resource: "table", resourceName });
  const names = actions.map((action) => `dynamodb:${action}`);
  worker.addToRolePolicy(new PolicyStatement({ actions: names, resources: [arn] }));
  if (!actions.includes("Query")) return;
  allowPattern(worker, { actions: ["dynamodb:Query"], pattern: `${arn}/index/*`, reason: "every index of this one table" });
}

/** Name of the payload bucket. Buckets share one name space with the world, hence account and region. */
export const payloadBucketName = (scope: Construct, deployment: Deployment): string =>
  `${nameOf(deployment, "payloads")}-${Stack.of(scope).account}-${Stack.of(scope).region}`;

/** Allows reading or writing payloads whose key begins as `keys` says; tenants come first in every key. */
export function grantPayloads(
  worker: LambdaFunction,
  deployment: Deployment,
  { actions, keys }: { actions: readonly ("GetObject" | "PutObject" | "DeleteObject")[]; keys: "T/*/X/*" | "T/*/plans/*" },
): void {
  const { partition } = Stack.of(worker);
  allowPattern(worker, {
    actions: actions.map((action) => `s3:${action}`),
    pattern: `arn:${partition}:s3:::${payloadBucketName(worker, deployment)}/${keys}`,
    reason: "objects are named by tenant, execution and task, which only run time knows",
  });
}

/** Allows listing the payloads of executions by name. */
export function grantPayloadNames(worker: LambdaFunction, deployment: Deployment): void {
  const { partition } = Stack.of(worker);
  worker.addToRolePolicy(
    new PolicyStatement({
      actions: ["s3:ListBucket"],
      resources: [`arn:${partition}:s3:::${payloadBucketName(worker, deployment)}`],
      conditions: { StringLike: { "s3:prefix": "T/*/X/*" } },
    }),
  );
}

/** Allows calling one function, and none of its versions. */
export function grantCall(caller: LambdaFunction, callee: LambdaFunction): void {
  caller.addToRolePolicy(new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [callee.functionArn] }));
}

/** ARN of a function by its folder: for a stack that the function's own stack builds on. */
const functionArn = (scope: Construct, deployment: Deployment, folder: string): string =>
  Stack.of(scope).formatArn({
    service: "lambda",
    resource: "function",
    resourceName: nameOf(deployment, folder),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** As `grantCall`, by the function's folder. */
export function grantCallTo(caller: LambdaFunction, deployment: Deployment, folder: string): void {
  const resources = [functionArn(caller, deployment, folder)];
  caller.addToRolePolicy(new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources }));
}

/** Allows operations on the machines of this deployment, or on their executions. */
export function grantMachines(
  worker: IGrantable & Construct,
  deployment: Deployment,
  { actions, on }: { actions: readonly string[]; on: "stateMachine" | "execution" },
): void {
  allowPattern(worker, {
    actions: actions.map((action) => `states:${action}`),
    pattern: machineArn(worker, deployment, on),
    reason: "machines are made at run time, all named after this deployment",
  });
}

const machineArn = (scope: Construct, deployment: Deployment, resource: string): string =>
  Stack.of(scope).formatArn({
    service: "states",
    resource,
    resourceName: `${nameOf(deployment)}-*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Allows reading the credentials of agents: only secrets that are named for it. */
export const grantAgentSecrets = (worker: LambdaFunction): void =>
  grantSecrets(worker, { names: "a2a/agents/*", reason: "operators create one secret per agent under this name" });

/** Allows reading what webhooks of hooks are signed with: only secrets that are named for it. */
export const grantHookSecrets = (worker: LambdaFunction): void =>
  grantSecrets(worker, { names: "a2a/hooks/*", reason: "operators create one secret per receiver under this name" });

/** Allows reading what channels are told with: only secrets that are named for it. */
export const grantChannelSecrets = (worker: LambdaFunction): void =>
  grantSecrets(worker, { names: "a2a/channels/*", reason: "operators create one secret per channel under this name" });

/** Allows reading the one secret whose key signs agent cards; Secrets Manager ends its ARN with six characters of its own. */
export const grantCardKey = (worker: LambdaFunction, name: string): void =>
  grantSecrets(worker, { names: `${name}-??????`, reason: "the secret's ARN ends with characters that only Secrets Manager knows" });

function grantSecrets(worker: LambdaFunction, { names, reason }: { names: string; reason: string }): void {
  const pattern = Stack.of(worker).formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: names,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  allowPattern(worker, { actions: ["secretsmanager:GetSecretValue"], pattern, reason });
}

/** Allows finding a tenant's hooks and having them run. */
export function grantHookOrders(worker: LambdaFunction, { deployment, hooks }: { deployment: Deployment; hooks: Queue }): void {
  const arn = Stack.of(worker).formatArn({ service: "dynamodb", resource: "table", resourceName: nameOf(deployment, "control") });
  worker.addToRolePolicy(new PolicyStatement({ actions: ["dynamodb:GetItem", "dynamodb:Query"], resources: [arn] }));
  hooks.grantSendMessages(worker);
}

/**
 * Allows looking at messages that failed for good, removing them, and sending them back to where they came from; `sendsTo`
 * names the queues that the worker may send to anyway.
 */
export function grantDeadLetters(worker: LambdaFunction, deployment: Deployment, sendsTo: readonly string[]): void {
  const queues = Object.values(DEAD_LETTER_QUEUES);
  const arn = (queue: string): string => Stack.of(worker).formatArn({ service: "sqs", resource: nameOf(deployment, queue) });
  const actions = ["GetQueueUrl", "GetQueueAttributes", "ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage", "PurgeQueue", "StartMessageMoveTask"];
  worker.addToRolePolicy(new PolicyStatement({ actions: actions.map((action) => `sqs:${action}`), resources: queues.map(({ queue }) => arn(queue)) }));
  const sources = queues.flatMap(({ source }) => (source === undefined || sendsTo.includes(source) ? [] : [arn(source)]));
  worker.addToRolePolicy(new PolicyStatement({ actions: ["sqs:GetQueueUrl", "sqs:SendMessage"], resources: sources }));
}

/** Allows calling functions of the account by name. */
export function grantFunctions(worker: LambdaFunction, names: readonly string[]): void {
  if (names.length === 0) return;
  const resources = names.map((resourceName) =>
    Stack.of(worker).formatArn({ service: "lambda", resource: "function", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
  );
  worker.addToRolePolicy(new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources }));
}

/** Allows actions that know no resources; `source` is the page that says so. */
export function grantUnscoped(
  worker: IGrantable & Construct,
  { actions, source }: { actions: readonly string[]; source: string },
): void {
  worker.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: ["*"] }));
  acknowledge(worker, `AwsSolutions-IAM5[Resource::*]`, `these actions know no resource-level permissions: ${source}`);
}

function allowPattern(
  worker: IGrantable & Construct,
  { actions, pattern, reason }: { actions: readonly string[]; pattern: string; reason: string },
): void {
  worker.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [pattern] }));
  acknowledge(worker, `AwsSolutions-IAM5[Resource::${flatten(worker, pattern)}]`, reason);
}

/** Records why a finding of cdk-nag stands, on the function's whole scope: its role is a sibling. */
export function acknowledge(construct: Construct, rule: string, reason: string): void {
  Validations.of(construct.node.scope ?? construct).acknowledge({ id: `AwsSolutions::${rule}`, reason });
}

/** An ARN as cdk-nag prints it: pseudo parameters in angle brackets. */
function flatten(scope: Construct, arn: string): string {
  const resolved: unknown = Stack.of(scope).resolve(arn);
  const parts = isJoin(resolved) ? resolved["Fn::Join"][1] : [resolved];
  return parts.map((part) => (isRef(part) ? `<${part.Ref}>` : String(part))).join("");
}

const isJoin = (value: unknown): value is { "Fn::Join": [string, unknown[]] } =>
  typeof value === "object" && value !== null && "Fn::Join" in value;

const isRef = (value: unknown): value is { Ref: string } => typeof value === "object" && value !== null && "Ref" in value;
