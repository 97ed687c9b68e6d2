import type { PhysicalResource, ResolvedResource } from "../cloudformation/deployment.ts";
import { physicalName } from "../cloudformation/deployment.ts";
import type { CloudPlace } from "../cloud-place.ts";

/** Types that change nothing here: access is not checked, nothing is measured, encrypted or archived. */
const IGNORED = new Set([
  "AWS::ApiGateway::Account",
  "AWS::ApiGateway::UsagePlan",
  "AWS::ApiGateway::RequestValidator",
  "AWS::ApiGateway::Model",
  // Functions in a network of their own have none here (`lambda/sandbox.ts`).
  "AWS::EC2::VPC",
  "AWS::EC2::Subnet",
  "AWS::EC2::SecurityGroup",
  "AWS::Events::Archive",
  "AWS::Events::EventBusPolicy",
  "AWS::KMS::Alias",
  "AWS::KMS::Key",
  "AWS::Lambda::Permission",
  "AWS::Lambda::LayerVersion",
  "AWS::Logs::LogGroup",
  "AWS::Logs::ResourcePolicy",
  "AWS::Logs::MetricFilter",
  "AWS::Logs::QueryDefinition",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
  "AWS::Scheduler::ScheduleGroup",
  "AWS::SecretsManager::ResourcePolicy",
  "AWS::SecretsManager::RotationSchedule",
  "AWS::XRay::SamplingRule",
  "AWS::ApplicationAutoScaling::ScalableTarget",
  "AWS::ApplicationAutoScaling::ScalingPolicy",
  "AWS::CDK::Metadata",
  // Their providers clean up or configure what does not exist here.
  "Custom::S3AutoDeleteObjects",
  "Custom::LogRetention",
]);
const IGNORED_SERVICES = ["AWS::IAM::", "AWS::CloudWatch::", "AWS::WAFv2::", "AWS::Synthetics::"];

export const isIgnored = (type: string): boolean =>
  IGNORED.has(type) || IGNORED_SERVICES.some((each) => type.startsWith(each));

/** A name and an ARN for a resource that exists on paper only. */
export function ignoredResource(resource: ResolvedResource, { region, accountId }: CloudPlace): PhysicalResource {
  const { properties, type } = resource;
  const [, service = "", kind = ""] = type.split("::");
  const ownName = ["RoleName", "Name", "LogGroupName", "TopicName", "AlarmName", "AliasName", "ArchiveName"].map(
    (key) => properties[key],
  );
  const name = ownName.find((each) => typeof each === "string") ?? physicalName(resource);
  const arn = `arn:aws:${service.toLowerCase()}:${region}:${accountId}:${kind.toLowerCase()}/${name}`;
  const id = { Arn: arn, KeyId: name, TopicName: name, TopicArn: arn, RoleId: name, ArchiveName: name, PolicyId: name, GroupId: name };
  return { ref: type === "AWS::SNS::Topic" ? arn : name, attributes: id };
}
