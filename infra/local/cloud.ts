import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readAssembly } from "./cloudformation/assembly.ts";
import type { Outputs } from "./cloudformation/deployment.ts";
import { Deployment } from "./cloudformation/deployment.ts";
import type { SocketAlias } from "./apigateway/websocket-server.ts";
import type { CloudServices } from "./cloud-services.ts";
import type { Meter } from "./meter.ts";
import type { OpenCloud } from "./open-cloud.ts";
import { openCloud } from "./open-cloud.ts";
import { createResource } from "./resources/create-resource.ts";
import { checkStacks } from "./rules/check-stacks.ts";
import { lockState } from "./state/process-files.ts";
import { claimVersion } from "./state/state-version.ts";

export interface CloudOptions {
  /** The CDK's `cdk.out`. */
  readonly assemblyDir: string;
  /** Where all data lives; starting again over it goes on with it. */
  readonly stateDir: string;
  /** @default - the port of the last start, or any free one */
  readonly port?: number;
  /** Values of CloudFormation parameters, for all stacks. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** @default "eu-central-1" */
  readonly region?: string;
  /** Worker threads that run functions. @default 1 */
  readonly lambdaWorkers?: number;
  /** Paths of WebSocket APIs that stand for a query. @default - none */
  readonly socketAliases?: readonly SocketAlias[];
  /**
   * Whether what was answered outlives a loss of power, not only the end of the process: answers then wait for the disk.
   *
   * @default false
   */
  readonly syncs?: boolean;
  /** Functions with sandboxes per tenant may run although this machine lets nothing be kept apart. @default false */
  readonly allowsOpenSandboxes?: boolean;
  /** Hears what went wrong behind the scenes. @default - silence */
  readonly log?: (line: string) => void;
  /** Counts what AWS would bill for; `GET /_meter` at the endpoint tells it. @default - nobody counts */
  readonly meter?: Meter | undefined;
}

/** A running cloud. */
export interface Cloud {
  /** One HTTP endpoint for all services: give it to SDK clients. */
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** Output values by stack name. */
  readonly outputs: Outputs;
  /** Base URL of each API, without a stage, by its name. */
  readonly apiUrls: Readonly<Record<string, string>>;
  /** Environment variables that point an SDK client of another process at this cloud. */
  readonly environment: Readonly<Record<string, string>>;
  readonly services: CloudServices;
  /** Lets running calls end for a moment, then ends everything; what was not finished goes on at the next start. */
  stop(): Promise<void>;
}

const ACCOUNT_ID = "000000000000";

/**
 * Brings up what the templates of a cloud assembly declare. What existed before keeps its data.
 *
 * @throws {TemplateError} a template cannot be brought up, here or on AWS. @throws {StateLockedError} another cloud uses `stateDir`.
 * @throws {StateVersionError} another version wrote it.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  mkdirSync(join(options.stateDir, "logs"), { recursive: true });
  const unlock = lockState(join(options.stateDir, "cloud.lock"));
  const place = { region: options.region ?? "eu-central-1", accountId: ACCOUNT_ID, stateDir: options.stateDir };
  const log = options.log ?? (() => {});
  let stop = async (): Promise<void> => {};
  try {
    claimVersion(options.stateDir);
    const opened = await openCloud({
      ...place,
      port: options.port ?? 0,
      lambdaWorkers: options.lambdaWorkers ?? 1,
      socketAliases: options.socketAliases ?? [],
      syncs: options.syncs ?? false,
      allowsOpenSandboxes: options.allowsOpenSandboxes,
      log,
      meter: options.meter,
    });
    stop = () => opened.stop();
    const outputs = await deploy(options, opened);
    await opened.services.customResources.removeUndeclared(log);
    opened.activate();
    const { apiUrls, services } = opened;
    const { endpoint, region, accountId } = services.place;
    const environment = services.runtimeEnvironment;
    return { endpoint, region, accountId, outputs, apiUrls, environment, services, stop: () => stop().finally(unlock) };
  } catch (error) {
    await stop().finally(unlock);
    throw error;
  }
}

async function deploy({ assemblyDir, parameters }: CloudOptions, { services, finish }: OpenCloud): Promise<Outputs> {
  const { region, accountId } = services.place;
  const create = (resource: Parameters<typeof createResource>[0]): ReturnType<typeof createResource> =>
    createResource(resource, services);
  const deployment = new Deployment({ region, accountId, parameters: parameters ?? {}, create, finish });
  const stacks = readAssembly(assemblyDir);
  checkStacks(stacks);
  for (const stack of stacks) await deployment.deploy(stack);
  return deployment.outputs;
}
