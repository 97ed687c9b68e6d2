import { Validations } from "aws-cdk-lib";
import { CfnStateMachine, CfnStateMachineAlias, CfnStateMachineVersion } from "aws-cdk-lib/aws-stepfunctions";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { CompiledMachine, CompiledWorkflow } from "../../shared/workflow/compiler/compile-plan.ts";
import { machineName } from "../../shared/workflow/plan/machine-name.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface WorkflowMachinesProps {
  readonly deployment: Deployment;
  readonly compiled: CompiledWorkflow;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
}

/** The state machines of one workflow: its parts first, then `main`, each with a published version. */
export class WorkflowMachines extends Construct {
  /** ARN of the version of `main` that runs start. */
  readonly versionArn: string;

  constructor(scope: Construct, id: string, props: WorkflowMachinesProps) {
    super(scope, id);
    const versions = new Map<string, CfnStateMachineVersion>();
    for (const machine of props.compiled.machines) versions.set(machine.key, this.#publish(props, machine, versions));
    const main = versions.get("main");
    if (main === undefined) throw new Error(`${props.compiled.name} has no main machine`);
    this.versionArn = main.attrArn;
    new CfnStateMachineAlias(this, "Live", {
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn: main.attrArn, weight: 100 }],
    });
  }

  #publish(
    { deployment, compiled, role, logGroup }: WorkflowMachinesProps,
    machine: CompiledMachine,
    versions: ReadonlyMap<string, CfnStateMachineVersion>,
  ): CfnStateMachineVersion {
    const nested = machine.nested.map((key) => [`Machine_${key}`, versions.get(key)?.attrArn ?? ""]);
    const resource = new CfnStateMachine(this, machine.key, {
      stateMachineName: machineName(nameOf(deployment), { tenant: deployment.tenant, workflow: compiled.name, key: machine.key }),
      stateMachineType: "STANDARD",
      definitionString: machine.asl,
      ...(nested.length > 0 && { definitionSubstitutions: Object.fromEntries(nested) }),
      roleArn: role.roleArn,
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.logGroupArn } }],
      },
      tracingConfiguration: { enabled: true },
    });
    Validations.of(resource).acknowledge({
      id: "AwsSolutions::AwsSolutions-SF1",
      reason: "our event store keeps every state change; logging all of Step Functions' events again would cost more than the runs",
    });
    // The machine's policy must exist before it logs or starts anything.
    resource.node.addDependency(role);
    // A version is immutable: a new definition needs a new resource, and the old one stays for runs under way.
    return new CfnStateMachineVersion(this, `${machine.key}-${compiled.planHash.slice(0, 12)}`, {
      stateMachineArn: resource.attrArn,
      stateMachineRevisionId: resource.attrStateMachineRevisionId,
      description: `${compiled.name} ${compiled.version}`,
    });
  }
}
