import { cdk, cdkDeploy, type CdkProject } from "./cdk.ts";
import type { Adaptation, DeployedApp, Target } from "./target.ts";

/** A real account: the one that the usual AWS variables name. */
export class AwsTarget implements Target {
  readonly name = "aws";
  readonly isOnThisMachine = false;
  readonly place: Target["place"];
  #assembly = "";

  constructor({ region, prefix }: { readonly region: string; readonly prefix: string }) {
    this.place = {
      endpoint: undefined,
      region: process.env["AWS_REGION"] ?? region,
      accountId: "",
      prefix,
      roleArn: "",
      bucket: "",
    };
  }

  async bootstrap(): Promise<void> {
    // The account is that of the credentials, so it is bootstrapped with the app that is deployed there.
  }

  async adapt(assembly: string): Promise<readonly Adaptation[]> {
    this.#assembly = assembly;
    await cdk(this.#project(), ["bootstrap"]);
    return [];
  }

  async deploy(parameters: Readonly<Record<string, string>>): Promise<DeployedApp> {
    const outputs = await cdkDeploy(this.#project(), `${this.place.prefix}-api`, parameters);
    const apiUrl = Object.values(outputs)
      .map((values) => values["ApiUrl"])
      .find((url) => url !== undefined);
    if (apiUrl === undefined) throw new Error("no stack has an output 'ApiUrl'");
    return { apiUrl: apiUrl.replace(/\/+$/, "") };
  }

  async destroy(): Promise<readonly string[]> {
    // It fails where a stack stays.
    await cdk(this.#project(), ["destroy", "--all", "--force"]);
    return [];
  }

  refusals(): readonly string[] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The account stays as it is.
  }

  #project(): CdkProject {
    const own = Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith("AWS_") && value !== undefined ? [[name, value]] : [],
    );
    return { assembly: this.#assembly, environment: { ...Object.fromEntries(own), AWS_REGION: this.place.region } };
  }
}
