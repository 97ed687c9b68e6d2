import { readFileSync } from "node:fs";
import * as z from "zod";
import type { ResolvedResource } from "../cloudformation/deployment.ts";
import { physicalName } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { CloudServices } from "../cloud-services.ts";
import { ServiceError } from "../stepfunctions/asl-error.ts";
import type { ResourceTypes } from "./resource-type.ts";
import { resourceType } from "./resource-type.ts";

const StateMachine = z.object({
  StateMachineName: z.string().optional(),
  StateMachineType: z.string().default("STANDARD"),
  RoleArn: z.string(),
  Definition: z.json().optional(),
  DefinitionString: z.string().optional(),
  DefinitionS3Location: z.object({ Key: z.string() }).optional(),
  DefinitionSubstitutions: z.record(z.string(), z.coerce.string()).default({}),
});
type StateMachine = z.infer<typeof StateMachine>;

const stateMachine = resourceType(StateMachine, async (properties, resource, { engine, place }) => {
  if (properties.StateMachineType !== "STANDARD") throw new TemplateError("only STANDARD state machines run here");
  const name = properties.StateMachineName ?? physicalName(resource, 80);
  const stateMachineArn = `arn:aws:states:${place.region}:${place.accountId}:stateMachine:${name}`;
  const request = { definition: definitionText(properties, resource), roleArn: properties.RoleArn };
  await createOr(
    () => engine.call("CreateStateMachine", { name, ...request }),
    () => engine.call("UpdateStateMachine", { stateMachineArn, ...request }),
  );
  return { ref: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name, StateMachineRevisionId: "INITIAL" } };
});

/** Creates what is new; what exists with another content is updated. */
async function createOr<Created>(
  create: () => Promise<Created>,
  update: () => Promise<unknown>,
): Promise<Created | undefined> {
  try {
    return await create();
  } catch (error) {
    const isKnown =
      error instanceof ServiceError && ["StateMachineAlreadyExists", "ConflictException"].includes(error.code);
    if (!isKnown) throw error;
    await update();
    return undefined;
  }
}

function definitionText(properties: StateMachine, { stack }: ResolvedResource): string {
  const { Definition, DefinitionString, DefinitionS3Location, DefinitionSubstitutions } = properties;
  const path = DefinitionS3Location && stack.assets.get(DefinitionS3Location.Key);
  const inline = DefinitionString ?? (Definition === undefined ? undefined : JSON.stringify(Definition));
  const text = path === undefined ? inline : readFileSync(path, "utf8");
  if (text === undefined) throw new TemplateError("the state machine has no definition");
  return text.replaceAll(/\$\{([\w-]+)\}/g, (placeholder, name: string) => {
    const value = DefinitionSubstitutions[name];
    // The placeholder stands inside a JSON string.
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });
}

const Version = z.object({ StateMachineArn: z.string(), Description: z.string().optional() });
const version = resourceType(Version, async ({ StateMachineArn, Description }, _, { engine }) => {
  const request = { stateMachineArn: StateMachineArn, ...(Description !== undefined && { description: Description }) };
  const { stateMachineVersionArn } = await engine.call("PublishStateMachineVersion", request);
  return { ref: stateMachineVersionArn, attributes: { Arn: stateMachineVersionArn } };
});

const Alias = z.object({
  Name: z.string(),
  RoutingConfiguration: z.array(z.object({ StateMachineVersionArn: z.string(), Weight: z.coerce.number() })).optional(),
  DeploymentPreference: z.object({ StateMachineVersionArn: z.string() }).optional(),
});
const alias = resourceType(
  Alias,
  async ({ Name, RoutingConfiguration, DeploymentPreference }, _, { engine }: CloudServices) => {
    const single = DeploymentPreference && [{ ...DeploymentPreference, Weight: 100 }];
    const routes = (RoutingConfiguration ?? single ?? []).map(({ StateMachineVersionArn, Weight }) => ({
      stateMachineVersionArn: StateMachineVersionArn,
      weight: Weight,
    }));
    const machineArn = (routes[0]?.stateMachineVersionArn ?? "").replace(/:\d+$/, "");
    const stateMachineAliasArn = `${machineArn}:${Name}`;
    await createOr(
      () => engine.call("CreateStateMachineAlias", { name: Name, routingConfiguration: routes }),
      () => engine.call("UpdateStateMachineAlias", { stateMachineAliasArn, routingConfiguration: routes }),
    );
    return { ref: stateMachineAliasArn, attributes: { Arn: stateMachineAliasArn } };
  },
);

export const stateMachineResources: ResourceTypes = {
  "AWS::StepFunctions::StateMachine": stateMachine,
  "AWS::StepFunctions::StateMachineVersion": version,
  "AWS::StepFunctions::StateMachineAlias": alias,
};
