import {
  CreateStateMachineAliasCommand,
  PublishStateMachineVersionCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { SQSClient, ListQueuesCommand } from "@aws-sdk/client-sqs";
import { refusal } from "../contract/aws/behaviour.ts";
import { type Aws, openAws } from "../contract/aws/clients.ts";
import { withMachine, withToken } from "../contract/aws/machines.ts";
import { elements, type EmulatorPlace, query } from "./query.ts";
import type { IamFindings, Target } from "./targets/target.ts";

/** What CloudFormation says to each type it does not know. */
export async function unknownTypes(
  place: EmulatorPlace,
  types: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const Type of types) {
    const TemplateBody = JSON.stringify({ Resources: { Probe: { Type } } });
    const [message] = elements(
      await query(place, "cloudformation", { Action: "ValidateTemplate", TemplateBody }),
      "Message",
    );
    if (message?.includes("Unrecognized resource types") === true) found.set(Type, message);
  }
  return found;
}

/** Lets a user of little rights try his luck; needs nothing that is deployed. */
export async function probeIam(place: EmulatorPlace & Target["place"]): Promise<IamFindings> {
  const RoleName = `${place.prefix}-tokens`;
  const trust = { Effect: "Allow", Principal: { Service: "states.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const role = await query(place, "iam", { Action: "CreateRole", RoleName, AssumeRolePolicyDocument });
  using aws = openAws({ ...place, roleArn: elements(role, "Arn")[0] ?? "" });
  try {
    return await withUser(place, aws.name("user"), (credentials) => tryAs(aws, { ...place, credentials }));
  } finally {
    await query(place, "iam", { Action: "DeleteRole", RoleName });
  }
}

/** A user who may answer the tokens of our machines and give them aliases, and nothing else. */
async function withUser<Found>(
  place: EmulatorPlace & Target["place"],
  UserName: string,
  use: (credentials: EmulatorPlace["credentials"]) => Promise<Found>,
): Promise<Found> {
  await query(place, "iam", { Action: "CreateUser", UserName });
  const Resource = `arn:aws:states:${place.region}:${place.accountId}:stateMachine:${place.prefix}-*`;
  const Statement = [{ Effect: "Allow", Action: ["states:SendTask*", "states:CreateStateMachineAlias"], Resource }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await query(place, "iam", { Action: "PutUserPolicy", UserName, PolicyName: "probe", PolicyDocument });
  const key = await query(place, "iam", { Action: "CreateAccessKey", UserName });
  const [accessKeyId = ""] = elements(key, "AccessKeyId");
  const [secretAccessKey = ""] = elements(key, "SecretAccessKey");
  try {
    return await use({ accessKeyId, secretAccessKey });
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
  const token = await withToken(aws, {}, (_, taskToken) =>
    refusal(sfn.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }))),
  );
  const alias = await withMachine(
    aws,
    { StartAt: "only", States: { only: { Type: "Pass", End: true } } },
    async (stateMachineArn) => {
      const { stateMachineVersionArn } = await aws.sfn.send(new PublishStateMachineVersionCommand({ stateMachineArn }));
      const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
      return refusal(sfn.send(new CreateStateMachineAliasCommand({ name: "live", routingConfiguration })));
    },
  );
  return { foreign, token, alias };
}
