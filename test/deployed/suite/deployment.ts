import path from "node:path";
import { expect } from "vitest";
import { agentFeature, feature } from "../feature.ts";
import { synthesize } from "../synthesize.ts";
import type { Adaptation } from "../targets/target.ts";
import { STAGE } from "../world.ts";

let adaptations: readonly Adaptation[] = [];

/** A row that says whether the target had to be helped. */
function needsNoHelp(name: string, lacks: string): void {
  feature(name, async () => {
    const found = adaptations.find((adaptation) => adaptation.lacks === lacks);
    return found === undefined ? undefined : { lacks: `${found.evidence}; ${found.instead}` };
  });
}

/** From templates to running stacks. */
export function describeDeployment(): void {
  feature("bootstrap", ({ target }) => target.bootstrap());
  feature("the synthesized templates are understood", async ({ target, folder }) => {
    const assembly = path.join(folder, "assembly");
    await synthesize(assembly, STAGE);
    adaptations = await target.adapt(assembly);
    return adaptations.length === 0 ? "as they are" : `after ${adaptations.length} adaptations, in the rows below`;
  });
  needsNoHelp("state machine versions in a template", "AWS::StepFunctions::StateMachineVersion in CloudFormation");
  needsNoHelp("state machine aliases in a template", "AWS::StepFunctions::StateMachineAlias in CloudFormation");
  needsNoHelp("event archives in a template", "AWS::Events::Archive in CloudFormation");
  needsNoHelp("roles that may answer the tokens of their own machines only", "machines behind task tokens in IAM");
  needsNoHelp("roles that may give aliases to their own machines only", "machines behind versions in IAM");
  feature("all stacks deploy", async (world) => {
    await world.deploy();
    const health = await world.call("GET", "/health");
    expect(health, JSON.stringify(health.body)).toMatchObject({ status: 200, body: { status: "healthy" } });
    return undefined;
  });
  agentFeature("custom resource: the shipped workflow is recorded", async (world) => {
    const { body } = await world.call("GET", "/api/v1/workflows");
    expect(body).toMatchObject({
      workflows: [{ workflow_id: "financial-pipeline", task_count: 10, created_by: "cdk" }],
    });
    return undefined;
  });
}

/**
 * AWS authorises it as `sqs:ChangeMessageVisibility`, and knows no such action; an emulator may ask for it by name.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
 */
const BATCH_BY_ITS_OWN_NAME = "sqs:ChangeMessageVisibilityBatch";

/** The end: nothing was refused on the way, and nothing stays. */
export function describeRemoval(): void {
  feature("roles suffice for all of the above", async ({ target }) => {
    expect(target.refusals().filter((refusal) => !refusal.endsWith(BATCH_BY_ITS_OWN_NAME))).toEqual([]);
    if (target.iam === undefined) return "every call above passed AWS's own IAM";
    const { foreign } = await target.iam();
    return foreign === "accepted"
      ? { lacks: "ListQueues by a user without that right → accepted" }
      : `ListQueues by a user without that right → ${foreign}`;
  });
  feature("all stacks are removed", async ({ target }) => {
    expect(await target.destroy()).toEqual([]);
    return undefined;
  });
}
