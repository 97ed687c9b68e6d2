import { ArnFormat, Duration, Stack } from "aws-cdk-lib";
import { CfnSecurityGroup, CfnSubnet, CfnVPC } from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, CfnFunction, Code, Function as LambdaFunction, LayerVersion, Runtime, TenancyConfig } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { HOOK_LIMITS } from "../../shared/hooks/limits.ts";
import { bundleFolder } from "../bundle.ts";
import { acknowledge } from "./grants.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface CommandSandboxProps {
  readonly deployment: Deployment;
}

/** What Lambda does to attach a function to a network, and nothing else. */
const ATTACH = ["CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"];

/**
 * The function that runs what strangers wrote. There is nothing to steal in it and no way out: its role allows what attaching
 * it to a network takes, and denies that to its own code; its network has no route, no endpoint and no rule that lets anything
 * out; each tenant has sandboxes of its own.
 */
export class CommandSandbox extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, { deployment }: CommandSandboxProps) {
    super(scope, id);
    const functionName = nameOf(deployment, "run-command");
    const role = this.#role(functionName);
    this.function = new LambdaFunction(this, "Function", {
      functionName,
      description: `A2A orchestrator (${deployment.stage}): run-command`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundleFolder("run-command")),
      timeout: Duration.seconds(HOOK_LIMITS.longestTimeoutSeconds + HOOK_LIMITS.marginSeconds),
      memorySize: 1024,
      tenancyConfig: TenancyConfig.PER_TENANT,
      role,
      ...(deployment.hookTools === undefined ? {} : { layers: [LayerVersion.fromLayerVersionArn(this, "Tools", deployment.hookTools)] }),
    });
    const { subnets, groups } = this.#nowhere();
    const { defaultChild: resource } = this.function.node;
    if (resource instanceof CfnFunction) resource.vpcConfig = { subnetIds: subnets, securityGroupIds: groups };
  }

  #role(functionName: string): Role {
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const actions = ATTACH.map((action) => `ec2:${action}`);
    const own = Stack.of(this).formatArn({ service: "lambda", resource: "function", resourceName: functionName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    role.addToPolicy(new PolicyStatement({ actions, resources: ["*"] }));
    // Lambda itself names no source; code of the function does.
    role.addToPolicy(new PolicyStatement({ effect: Effect.DENY, actions: ["*"], resources: ["*"], conditions: { ArnLike: { "lambda:SourceFunctionArn": own } } }));
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "attaching to a network knows no resource before it has made one");
    return role;
  }

  /** A network that leads nowhere: its only route is to itself, and nothing may leave. */
  #nowhere(): { readonly subnets: string[]; readonly groups: string[] } {
    const vpc = new CfnVPC(this, "Network", { cidrBlock: "10.255.0.0/24" });
    acknowledge(vpc, "AwsSolutions-VPC7", "nothing flows in it");
    const subnet = new CfnSubnet(this, "Subnet", { vpcId: vpc.ref, cidrBlock: "10.255.0.0/24" });
    const nothing = { cidrIp: "255.255.255.255/32", ipProtocol: "icmp", fromPort: 252, toPort: 86, description: "Nothing may leave" };
    const group = new CfnSecurityGroup(this, "Closed", { vpcId: vpc.ref, groupDescription: "Nothing comes in, nothing may leave", securityGroupEgress: [nothing] });
    return { subnets: [subnet.ref], groups: [group.attrGroupId] };
  }
}
