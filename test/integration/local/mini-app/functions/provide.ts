import type { CloudFormationCustomResourceEvent } from "aws-lambda";

/** A provider of custom resources: answers with a greeting made from the properties. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResourceProperties, RequestType } = event;
  const body = {
    Status: "SUCCESS",
    PhysicalResourceId: "greeting",
    StackId,
    RequestId,
    LogicalResourceId,
    Data: { Text: `${RequestType} ${String(ResourceProperties["Name"])} ${typeof ResourceProperties["Count"]}` },
  };
  await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(body) });
}
