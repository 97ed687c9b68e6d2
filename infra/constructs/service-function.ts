import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { bundleFolder } from "../bundle.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface ServiceFunctionProps {
  readonly deployment: Deployment;
  /** Folder under `functions/`; its `handler.ts` is the entry. */
  readonly folder: string;
  /** Must satisfy the handler's own env schema. @default - no variables */
  readonly environment?: Readonly<Record<string, string>>;
  /** Hard stop; keep it under the caller's timeout. @default Duration.seconds(10) */
  readonly timeout?: Duration;
  /** MiB; CPU grows with it. @default 512 */
  readonly memorySize?: number;
}

/** A Lambda function with the house defaults: arm64, ESM, JSON logs, a role of its own that may only write its logs. */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const functionName = nameOf(props.deployment, props.folder);
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, "Function", {
      functionName,
      description: `A2A orchestrator (${props.deployment.stage}): ${props.folder}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundleFolder(props.folder)),
      environment: { ...props.environment, NODE_OPTIONS: "--enable-source-maps" },
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize: props.memorySize ?? 512,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
    });
  }
}
