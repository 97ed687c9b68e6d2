import { Validations } from "aws-cdk-lib";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import { CfnStateMachine, CfnStateMachineVersion } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { RUN_START } from "../../shared/execution/messages.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface GraphRunnerProps {
  readonly deployment: Deployment;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
}

/**
 * One small machine for every plan that must not wait for the control plane: its only task is the whole run. The
 * dispatcher starts the first tasks, settling starts the rest, and the last one answers the token.
 */
export class GraphRunner extends Construct {
  /** ARN of the published version that runs start. */
  readonly versionArn: string;

  constructor(scope: Construct, id: string, { deployment, role, logGroup }: GraphRunnerProps) {
    super(scope, id);
    const machine = new CfnStateMachine(this, "Machine", {
      stateMachineName: nameOf(deployment, "graph-runner"),
      stateMachineType: "STANDARD",
      definitionString: JSON.stringify(DEFINITION),
      roleArn: role.roleArn,
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.logGroupArn } }],
      },
      tracingConfiguration: { enabled: true },
    });
    machine.node.addDependency(role);
    Validations.of(machine).acknowledge({
      id: "AwsSolutions::AwsSolutions-SF1",
      reason: "our event store keeps every state change; the machine has one state",
    });
    const version = new CfnStateMachineVersion(this, "Version1", {
      stateMachineArn: machine.attrArn,
      stateMachineRevisionId: machine.attrStateMachineRevisionId,
    });
    this.versionArn = version.attrArn;
  }
}

const DEFINITION = {
  Comment: "Runs any plan: tasks are started and counted outside, the last one answers the token",
  StartAt: "run",
  States: {
    run: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      Parameters: {
        "QueueUrl.$": "$.queue",
        "MessageGroupId.$": "$.tenant",
        MessageBody: { "run.$": "$", task: RUN_START, "token.$": "$$.Task.Token" },
      },
      Retry: [{ ErrorEquals: ["SQS.AmazonSQSException", "SQS.SdkClientException"], MaxAttempts: 5 }],
      TimeoutSecondsPath: "$.timeoutSeconds",
      ResultPath: null,
      End: true,
    },
  },
  TimeoutSeconds: AWS_QUOTAS.stepFunctions.executionDays * 86_400,
};
