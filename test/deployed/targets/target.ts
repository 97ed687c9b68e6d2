import type { AwsPlace } from "../../contract/aws/clients.ts";
import type { TargetName } from "../options.ts";

/** A deployment, as its callers know it. */
export interface DeployedApp {
  /** Base URL of the API, stage included, without a slash at its end. */
  readonly apiUrl: string;
}

/** A change to what is deployed, because the target lacks something that AWS has. */
export interface Adaptation {
  readonly lacks: string;
  readonly instead: string;
  /** A minimal request, and the answer. */
  readonly evidence: string;
}

/** What an IAM does with a user who may do one thing. */
export interface IamFindings {
  /** To something else; "accepted" where IAM is not enforced. */
  readonly foreign: string;
  /** To answering the token of a machine, being allowed to answer those of this machine. */
  readonly token: string;
  /** To naming a version of a machine, being allowed to give this machine aliases. */
  readonly alias: string;
}

/** An AWS to deploy to, ready for requests. */
export interface Target extends AsyncDisposable {
  readonly name: TargetName;
  readonly place: AwsPlace & { readonly accountId: string };
  /** Prepares the account. */
  bootstrap(): Promise<void>;
  /** Finds out what the target lacks of what these templates need, and works around it. */
  adapt(assembly: string): Promise<readonly Adaptation[]>;
  /** Deploys every stack. */
  deploy(parameters: Readonly<Record<string, string>>): Promise<DeployedApp>;
  /** Removes every stack. @returns the stacks that are still there. */
  destroy(): Promise<readonly string[]>;
  /** What its IAM does with a user of little rights. @default - AWS's own IAM, of which nothing need be found out */
  readonly iam?: () => Promise<IamFindings>;
  /** Whether its functions reach this machine. */
  readonly isOnThisMachine: boolean;
  /** What went wrong inside, as far as the target tells: refusals of IAM. */
  refusals(): readonly string[];
}
