import { readFileSync } from "node:fs";
import path from "node:path";
import { adaptAssembly, resourceTypes } from "../adapt-assembly.ts";
import { WORK_DIR } from "../emulators/processes.ts";
import type { FrontDoor } from "../front-door.ts";
import { probeIam, unknownTypes } from "../probes.ts";
import { elements, query } from "../query.ts";
import { cdk, cdkDeploy, type CdkProject } from "./cdk.ts";
import type { Adaptation, DeployedApp, IamFindings, Target } from "./target.ts";

const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
/** What CloudFormation says of a stack that is gone. */
const GONE = ["DELETE_COMPLETE", "REVIEW_IN_PROGRESS"];

/** An emulator that deploys with the CDK command. */
export interface EmulatorSettings extends Pick<Target, "name"> {
  readonly door: FrontDoor;
  readonly region: string;
  readonly prefix: string;
  /** @default "000000000000" */
  readonly accountId?: string;
  /** Where the output of functions goes. @default - nobody knows */
  readonly log?: string;
  readonly close: () => Promise<void>;
}

/** Deploys to an emulator as one deploys to AWS: `cdk bootstrap`, `cdk deploy --all`, `cdk destroy --all`. */
export class EmulatorTarget implements Target {
  readonly name: Target["name"];
  readonly isOnThisMachine = true;
  readonly place: Target["place"] & { readonly endpoint: string; readonly credentials: typeof CREDENTIALS };
  readonly #settings: EmulatorSettings;
  #assembly = "";

  constructor(settings: EmulatorSettings) {
    const { name, door, region, prefix, accountId = "000000000000" } = settings;
    this.name = name;
    this.#settings = settings;
    this.place = {
      endpoint: door.endpoint,
      region,
      accountId,
      credentials: CREDENTIALS,
      prefix,
      roleArn: `arn:aws:iam::${accountId}:role/${prefix}-machines`,
      bucket: `${prefix}-payloads-${accountId}-${region}`,
    };
  }

  async bootstrap(): Promise<void> {
    const { accountId, region } = this.place;
    await cdk(this.#project(), ["bootstrap", `aws://${accountId}/${region}`]);
  }

  async adapt(assembly: string): Promise<readonly Adaptation[]> {
    const types = await unknownTypes(this.place, resourceTypes(assembly));
    const iam = await this.iam();
    const blind = BLIND.filter(({ answer }) => answer(iam) !== "accepted");
    this.#assembly = path.join(WORK_DIR, `${this.name}.assembly`);
    adaptAssembly(assembly, this.#assembly, {
      types: new Set(types.keys()),
      blindActions: blind.flatMap(({ actions }) => actions),
    });
    const made = [...types].map(([type, message]) => ({
      lacks: `${type} in CloudFormation`,
      instead: "made over the service's API by a custom resource",
      evidence: `ValidateTemplate {"Resources":{"Probe":{"Type":"${type}"}}} → ${message}`,
    }));
    const widened = blind.map(({ what, answer, actions }) => ({
      lacks: `machines behind ${what} in IAM`,
      instead: "allowed on all machines",
      evidence: `${actions[0] ?? ""} by a user who may do that to this very machine → ${answer(iam)}`,
    }));
    return [...made, ...widened];
  }

  async deploy(parameters: Readonly<Record<string, string>>): Promise<DeployedApp> {
    const { door } = this.#settings;
    const outputs = await cdkDeploy(this.#project(), `${this.place.prefix}-api`, {
      ...parameters,
      PublicBaseUrl: door.apiUrl,
    });
    const urls = Object.values(outputs).flatMap((values) => Object.values(values));
    const found = urls
      .map((url) => /^https:\/\/(\w+)\.execute-api\.[^/]+\/(\w+)\/$/.exec(url))
      .find((match) => match !== null);
    if (found === undefined) throw new Error("no stack has the API's own URL among its outputs");
    door.pointAt(`/_aws/execute-api/${found[1]}/${found[2]}`);
    return { apiUrl: door.apiUrl };
  }

  async destroy(): Promise<readonly string[]> {
    await cdk(this.#project(), ["destroy", "--all", "--force"]);
    const xml = await query(this.place, "cloudformation", { Action: "ListStacks" });
    const [names, states] = [elements(xml, "StackName"), elements(xml, "StackStatus")];
    return names.filter((name, index) => name.startsWith(this.place.prefix) && !GONE.includes(states[index] ?? ""));
  }

  iam = (): Promise<IamFindings> => probeIam(this.place);

  refusals(): readonly string[] {
    const { log } = this.#settings;
    if (log === undefined) return [];
    const lines = readFileSync(log, "utf8").matchAll(/role\/[^/]*\/([\w-]+) is not authorized to perform: (\S+)/g);
    return [...new Set([...lines].map(([, who = "", what = ""]) => `${who} may not ${what}`))];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#settings.close();
  }

  #project(): CdkProject {
    const { endpoint, region, credentials } = this.place;
    return {
      assembly: this.#assembly,
      environment: {
        AWS_ENDPOINT_URL: endpoint,
        // The CLI looks for a host name per bucket otherwise.
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    };
  }
}

/** What AWS authorises by a machine that the request does not name. */
const BLIND: readonly {
  readonly what: string;
  readonly actions: readonly string[];
  readonly answer: (found: IamFindings) => string;
}[] = [
  { what: "task tokens", actions: ["states:SendTaskSuccess", "states:SendTaskFailure"], answer: ({ token }) => token },
  {
    what: "versions",
    actions: ["states:CreateStateMachineAlias", "states:UpdateStateMachineAlias"],
    answer: ({ alias }) => alias,
  },
];
