import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { ResolvedResource } from "../cloudformation/deployment.ts";
import { physicalName } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudPlace } from "../cloud-place.ts";
import type { CloudServices } from "../cloud-services.ts";
import { functionName } from "../lambda/lambda-service.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { count, resourceType } from "./resource-type.ts";

// AWS starts a sandbox per call; here a function's calls share a thread, so the bound is about memory only. Streams are
// calls that last: a call beyond the bound waits until one of them ends.
const DEFAULT_CONCURRENCY = 2000;

const Code = z.object({ S3Key: z.string().optional(), ZipFile: z.string().optional() });
const Function = z.object({
  FunctionName: z.string().optional(),
  Code,
  Handler: z.string(),
  Runtime: z.string(),
  Timeout: count.default(3),
  MemorySize: count.default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  ReservedConcurrentExecutions: count.optional(),
  DeadLetterConfig: z.object({ TargetArn: z.string().optional() }).optional(),
  TenancyConfig: z.object({ TenantIsolationMode: z.literal("PER_TENANT") }).optional(),
});

const lambdaFunction = resourceType(Function, (properties, resource, { lambda, place, runtimeEnvironment }) => {
  if (!properties.Runtime.startsWith("nodejs"))
    throw new TemplateError(`runtime ${properties.Runtime} is not supported here`);
  const name = properties.FunctionName ?? physicalName(resource);
  const arn = `arn:aws:lambda:${place.region}:${place.accountId}:function:${name}`;
  const codeDir = codeDirectory(resource, properties.Code, place);
  lambda.define({
    name,
    arn,
    codeDir,
    handler: properties.Handler,
    memoryMb: properties.MemorySize,
    logFile: join(place.stateDir, "logs", `${name}.log`),
    isPerTenant: properties.TenancyConfig !== undefined,
    timeoutMs: properties.Timeout * 1000,
    concurrency: properties.ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
    deadLetterArn: properties.DeadLetterConfig?.TargetArn,
    environment: {
      ...runtimeEnvironment,
      _HANDLER: properties.Handler,
      LAMBDA_TASK_ROOT: codeDir,
      AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "local",
      ...properties.Environment?.Variables,
    },
  });
  return { ref: name, attributes: { Arn: arn } };
});

function codeDirectory({ stack, logicalId }: ResolvedResource, code: z.infer<typeof Code>, place: CloudPlace): string {
  if (code.ZipFile !== undefined) {
    const directory = join(place.stateDir, "inline-code", stack.name, logicalId);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "index.cjs"), code.ZipFile);
    return directory;
  }
  const directory = stack.assets.get(code.S3Key ?? "");
  if (directory === undefined) throw new TemplateError(`the assembly has no asset ${code.S3Key ?? ""}`);
  return directory;
}

const Version = z.object({ FunctionName: z.string() });
const version = resourceType(Version, ({ FunctionName }, _, cloud) => {
  const arn = arnOf(FunctionName, cloud);
  return { ref: `${arn}:1`, attributes: { Version: "1", FunctionArn: `${arn}:1` } };
});

const Alias = z.object({ FunctionName: z.string(), Name: z.string() });
const alias = resourceType(Alias, ({ FunctionName, Name }, _, cloud) => {
  const arn = `${arnOf(FunctionName, cloud)}:${Name}`;
  return { ref: arn, attributes: { AliasArn: arn } };
});

const destination = z.object({ Destination: z.string() }).optional();
const InvokeConfig = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: count.default(2),
  MaximumEventAgeInSeconds: count.default(21_600),
  DestinationConfig: z.object({ OnSuccess: destination, OnFailure: destination }).default({}),
});
const invokeConfig = resourceType(InvokeConfig, (properties, { logicalId }, { lambda }) => {
  lambda.configureAsync(properties.FunctionName, {
    maxRetries: properties.MaximumRetryAttempts,
    maxAgeMs: properties.MaximumEventAgeInSeconds * 1000,
    onSuccessArn: properties.DestinationConfig.OnSuccess?.Destination,
    onFailureArn: properties.DestinationConfig.OnFailure?.Destination,
  });
  return { ref: logicalId };
});

const arnOf = (name: string, { lambda }: CloudServices): string => lambda.settings(functionName(name)).arn;

export const lambdaResources: ResourceTypes = {
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::Lambda::Version": version,
  "AWS::Lambda::Alias": alias,
  "AWS::Lambda::EventInvokeConfig": invokeConfig,
};
