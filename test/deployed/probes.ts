import { SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient, ListQueuesCommand } from "@aws-sdk/client-sqs";
import { refusal } from "../contract/aws/behaviour.ts";
import { type Aws, openAws } from "../contract/aws/clients.ts";
import { withToken } from "../contract/aws/step-functions.ts";
import { elements, type EmulatorPlace, query } from "./query.ts";
import type { Target } from "./targets/target.ts";

/** What CloudFormation says to each type it does not know. */
export async function unknownTypes(place: EmulatorPlace, types: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const Type of types) {
    const TemplateBody = JSON.stringify({ Resources: { Probe: { Type } } });
    const [message] = elements(await query(place, "cloudformation", { Action: "ValidateTemplate", TemplateBody }), "Message");
    if (message?.includes("Unrecognized resource types") === true) found.set(Type, message);
  }
  return found;
}

/** What an IAM does with a user who may do one thing. */
export interface IamFindings {
  /** To something else; "accepted" where IAM is not enforced. */
  readonly foreign: string;
  /** To answering the token of a machine, being allowed to answer those of this machine. */
  readonly token: string;
}

/** Lets a user of little rights try his luck. */
export async function probeIam(place: EmulatorPlace & Target["place"]): Promise<IamFindings> {
  using aws = openAws(place);
  const UserName = aws.name("user");
  await query(place, "iam", { Action: "CreateUser", UserName });
  const Resource = `arn:aws:states:${place.region}:${place.accountId}:stateMachine:${place.prefix}-*`;
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "states:SendTask*", Resource }] });
  await query(place, "iam", { Action: "PutUserPolicy", UserName, PolicyName: "probe", PolicyDocument });
  const key = await query(place, "iam", { Action: "CreateAccessKey", UserName });
  const [accessKeyId = ""] = elements(key, "AccessKeyId");
  const [secretAccessKey = ""] = elements(key, "SecretAccessKey");
  try {
    return await tryAs(aws, { ...place, credentials: { accessKeyId, secretAccessKey } });
  } finally {
    await query(place, "iam", { Action: "DeleteAccessKey", UserName, AccessKeyId: accessKeyId });
    await query(place, "iam", { Action: "DeleteUserPolicy", UserName, PolicyName: "probe" });
    await query(place, "iam", { Action: "DeleteUser", UserName });
  }
}

async function tryAs(aws: Aws, { endpoint, region, credentials }: EmulatorPlace): Promise<IamFindings> {
  const given = { endpoint, region, credentials, maxAttempts: 1 };
  const [sqs, sfn] = [new SQSClient(given), new SFNClient(given)];
  const foreign = await refusal(sqs.send(new ListQueuesCommand({})));
  const token = await withToken(aws, {}, (_, taskToken) => refusal(sfn.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }))));
  return { foreign, token };
}
