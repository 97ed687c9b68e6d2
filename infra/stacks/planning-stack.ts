import { ArnFormat, CustomResource, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { addToBundle } from "../bundle.ts";
import { grantMachines, grantPayloads, grantTable, grantUnscoped } from "../constructs/grants.ts";
import { type Deployment, nameOf, runnerHere } from "../constructs/names.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import { WorkflowMachines } from "../constructs/workflow-machines.ts";
import type { ShippedWorkflow } from "../definitions.ts";
import type { DataStack } from "./data-stack.ts";
import type { MessagingStack } from "./messaging-stack.ts";

export interface PlanningStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  readonly workflows: readonly ShippedWorkflow[];
}

/** From definitions to state machines: those that ship with the app, and those that arrive over the API. */
export class PlanningStack extends Stack {
  readonly planFunction: LambdaFunction;
  /** `arn:…:stateMachine:a2a-<stage>`: what every machine's ARN begins with. */
  readonly machineArnPrefix: string;

  constructor(scope: Construct, id: string, props: PlanningStackProps) {
    super(scope, id, props);
    const { deployment, workflows } = props;
    this.machineArnPrefix = this.#arn("stateMachine", nameOf(deployment));
    const logGroup = new LogGroup(this, "MachineLogs", {
      // Step Functions only delivers to groups that the account's resource policy covers; this prefix is.
      logGroupName: `/aws/vendedlogs/states/${nameOf(deployment)}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.#machineRole(props);
    const versions = workflows.map(({ plan, compiled }) => {
      if (runnerHere(deployment, plan) === "graph") return [plan.name, ""] as const;
      const machines = new WorkflowMachines(this, `Workflow-${compiled.name}`, { deployment, compiled, role, logGroup });
      return [plan.name, machines.versionArn] as const;
    });
    this.planFunction = this.#planFunction(props, { role, logGroup });
    this.#deployDefinitions(props, Object.fromEntries(versions));
  }

  #arn(resource: string, resourceName: string): string {
    return this.formatArn({ service: "states", resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  #machineRole({ deployment, messaging }: PlanningStackProps): Role {
    const role = new Role(this, "MachineRole", {
      roleName: nameOf(deployment, "machines"),
      assumedBy: new ServicePrincipal("states.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
    });
    for (const queue of Object.values(messaging.tasks)) queue.grantSendMessages(role);
    grantMachines(role, deployment, { actions: ["StartExecution"], on: "stateMachine" });
    grantMachines(role, deployment, { actions: ["DescribeExecution", "StopExecution"], on: "execution" });
    // `startExecution.sync:2` hears of the end through a rule that Step Functions keeps under this name.
    const rule = this.formatArn({ service: "events", resource: "rule", resourceName: "StepFunctionsGetEventsForStepFunctionsExecutionRule" });
    role.addToPolicy(new PolicyStatement({ actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"], resources: [rule] }));
    grantUnscoped(role, LOG_DELIVERY);
    grantUnscoped(role, TRACING);
    return role;
  }

  #planFunction({ deployment, data }: PlanningStackProps, machine: { role: Role; logGroup: LogGroup }): LambdaFunction {
    const { function: planFunction } = new ServiceFunction(this, "PlanWorkflow", {
      deployment,
      folder: "plan-workflow",
      timeout: Duration.seconds(28),
      memorySize: 1769, // one full vCPU: planning 10 000 tasks is CPU
      environment: {
        AGENTS_TABLE: data.agents.tableName,
        CONTROL_TABLE: data.control.tableName,
        PAYLOAD_BUCKET: data.payloads.bucketName,
        MACHINE_ROLE_ARN: machine.role.roleArn,
        MACHINE_LOG_GROUP_ARN: machine.logGroup.logGroupArn,
        MACHINE_ARN_PREFIX: this.machineArnPrefix,
        DEFAULT_RUNNER: runnerHere(deployment, {}),
      },
    });
    grantTable(planFunction, deployment, { table: "agents", actions: ["Query"] });
    grantTable(planFunction, deployment, { table: "control", actions: ["GetItem", "PutItem", "DeleteItem"] });
    grantPayloads(planFunction, deployment, { actions: ["PutObject"], keys: "T/*/plans/*" });
    machine.role.grantPassRole(planFunction.grantPrincipal);
    grantMachines(planFunction, deployment, {
      actions: [
        "CreateStateMachine",
        "UpdateStateMachine",
        "PublishStateMachineVersion",
        "CreateStateMachineAlias",
        "UpdateStateMachineAlias",
      ],
      on: "stateMachine",
    });
    grantUnscoped(planFunction, LOG_DELIVERY);
    return planFunction;
  }

  #deployDefinitions({ deployment, data, workflows }: PlanningStackProps, machines: Record<string, string>): void {
    // Before the function: its asset is taken when it is declared.
    addToBundle(
      "deploy-definitions",
      Object.fromEntries(workflows.map(({ plan }) => [`plans/${plan.name}.plan.json`, JSON.stringify(plan)])),
    );
    const { function: deploy } = new ServiceFunction(this, "DeployDefinitions", {
      deployment,
      folder: "deploy-definitions",
      timeout: Duration.minutes(2),
      environment: { CONTROL_TABLE: data.control.tableName, PAYLOAD_BUCKET: data.payloads.bucketName },
    });
    grantTable(deploy, deployment, { table: "control", actions: ["GetItem", "PutItem", "DeleteItem"] });
    grantPayloads(deploy, deployment, { actions: ["PutObject"], keys: "T/*/plans/*" });
    const resource = new CustomResource(this, "Definitions", {
      serviceToken: deploy.functionArn,
      resourceType: "Custom::WorkflowDefinitions",
      properties: { Tenant: deployment.tenant, Machines: machines },
    });
    resource.node.addDependency(deploy);
  }
}

const LOG_DELIVERY = {
  actions: [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
  ],
  source: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
};

const TRACING = {
  actions: [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
  ],
  source: "https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html",
};
