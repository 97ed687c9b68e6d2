import type { CloudFormationCustomResourceEvent } from "aws-lambda";

/**
 * Tells CloudFormation how a custom resource fared.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export async function sendCustomResourceReply(
  event: CloudFormationCustomResourceEvent,
  verdict: { Status: "SUCCESS" } | { Status: "FAILED"; Reason: string },
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const PhysicalResourceId = "PhysicalResourceId" in event ? event.PhysicalResourceId : LogicalResourceId;
  const body = JSON.stringify({ ...verdict, PhysicalResourceId, StackId, RequestId, LogicalResourceId });
  // An empty content type: the URL is presigned for none.
  const reply = await fetch(ResponseURL, { method: "PUT", body, headers: { "content-type": "" } });
  if (!reply.ok) throw new Error(`CloudFormation answered ${reply.status} to the reply of ${LogicalResourceId}`);
}
