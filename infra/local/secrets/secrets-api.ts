import * as z from "zod";
import { AwsError } from "../wire/aws-error.ts";
import type { Operations } from "../wire/operation.ts";
import { operation } from "../wire/operation.ts";
import type { SecretStore } from "./secret-store.ts";

const SecretId = z.object({ SecretId: z.string() });
const NewValue = z.object({ SecretId: z.string(), SecretString: z.string() });

/** The operations of Secrets Manager that handlers call. */
export function secretsOperations(store: SecretStore): Operations {
  return {
    GetSecretValue: operation(SecretId, ({ SecretId: id }) => {
      const { arn, name, value, versionId, createdAt } = store.secret(id);
      const version = { VersionId: versionId, VersionStages: ["AWSCURRENT"], CreatedDate: createdAt / 1000 };
      return { ARN: arn, Name: name, SecretString: value, ...version };
    }),
    DescribeSecret: operation(SecretId, ({ SecretId: id }) => {
      const { arn, name, versionId } = store.secret(id);
      return { ARN: arn, Name: name, VersionIdsToStages: { [versionId]: ["AWSCURRENT"] } };
    }),
    CreateSecret: operation(z.object({ Name: z.string(), SecretString: z.string() }), ({ Name, SecretString }) => {
      if (store.hasSecret(Name)) throw new AwsError("ResourceExistsException", `the secret ${Name} already exists`);
      const { arn, versionId } = store.putSecret(Name, SecretString);
      return { ARN: arn, Name, VersionId: versionId };
    }),
    PutSecretValue: operation(NewValue, (request) => replaceValue(store, request)),
    UpdateSecret: operation(NewValue, (request) => replaceValue(store, request)),
  };
}

function replaceValue(store: SecretStore, { SecretId: id, SecretString }: z.infer<typeof NewValue>): object {
  const { name } = store.secret(id);
  const { arn, versionId } = store.putSecret(name, SecretString);
  return { ARN: arn, Name: name, VersionId: versionId, VersionStages: ["AWSCURRENT"] };
}

const Name = z.object({ Name: z.string() });

/** The operations of the Systems Manager parameter store that handlers call. */
export function parametersOperations(store: SecretStore): Operations {
  const describe = (name: string): object => ({ Name: name, Type: "String", Value: store.parameter(name), Version: 1 });
  return {
    GetParameter: operation(Name, (request) => ({ Parameter: describe(request.Name) })),
    GetParameters: operation(z.object({ Names: z.array(z.string()) }), ({ Names }) => ({
      Parameters: Names.map(describe),
      InvalidParameters: [],
    })),
    PutParameter: operation(z.object({ Name: z.string(), Value: z.string() }), (request) => {
      store.putParameter(request.Name, request.Value);
      return { Version: 1, Tier: "Standard" };
    }),
  };
}
