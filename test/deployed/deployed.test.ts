/** The suite of an AWS that we did not write. Its tests build on each other: the rest uses what is deployed first. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { world } from "./feature.ts";
import { describeApi } from "./suite/api.ts";
import { describeBehaviours } from "./suite/behaviours.ts";
import { describeDeployment, describeRemoval } from "./suite/deployment.ts";
import { describePipeline } from "./suite/pipeline.ts";
import { describeServices } from "./suite/services.ts";
import { describeWorkflows } from "./suite/workflows.ts";

beforeAll(() => world.open());
afterAll(() => world.close());

describe("deployment", describeDeployment);
describe("what is deployed", () => {
  // The failed deployment counts; what needs it would only fail after it, without telling more.
  beforeEach(({ skip }) => skip(!world.isDeployed, "nothing is deployed"));
  describe("the API", describeApi);
  describe("the financial pipeline", describePipeline);
  describe("workflows", describeWorkflows);
  describe("services", describeServices);
  describe("AWS as documented", describeBehaviours);
  describe("removal", describeRemoval);
});
