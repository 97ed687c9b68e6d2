import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bringUpCloud, type RunningCloud } from "../../../infra/local/start/cloud.ts";
import { freePort } from "../emulators/processes.ts";
import type { Adaptation, DeployedApp, IamFindings, Target } from "./target.ts";

const ACCOUNT = "000000000000";

/** The embedded cloud: it reads the same templates, with a deployer of its own. */
export class EmbeddedTarget implements Target {
  readonly name = "embedded";
  readonly isOnThisMachine = true;
  readonly place: Target["place"];
  readonly #stateDir = mkdtempSync(path.join(tmpdir(), "a2a-deployed-"));
  readonly #port: number;
  #assembly = "";
  #cloud: RunningCloud | undefined;

  private constructor({ region, prefix }: { readonly region: string; readonly prefix: string }, port: number) {
    this.#port = port;
    this.place = {
      endpoint: `http://127.0.0.1:${port}`,
      region,
      accountId: ACCOUNT,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      prefix,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/${prefix}-machines`,
      bucket: `${prefix}-payloads-${ACCOUNT}-${region}`,
    };
  }

  static async open(place: { readonly region: string; readonly prefix: string }): Promise<Target> {
    return new EmbeddedTarget(place, await freePort());
  }

  async bootstrap(): Promise<void> {
    // It takes assets from where they lie.
  }

  async adapt(assembly: string): Promise<readonly Adaptation[]> {
    this.#assembly = assembly;
    return [];
  }

  async deploy(parameters: Readonly<Record<string, string>>): Promise<DeployedApp> {
    const request = {
      assembly: this.#assembly,
      stateDir: this.#stateDir,
      port: this.#port,
      parameters,
      log: () => undefined,
    };
    this.#cloud = await bringUpCloud(request);
    return { apiUrl: this.#cloud.apiUrl };
  }

  async destroy(): Promise<readonly string[]> {
    await this.#cloud?.[Symbol.asyncDispose]();
    this.#cloud = undefined;
    return [];
  }

  /** It has no IAM: every key may do everything. */
  iam = async (): Promise<IamFindings> => ({ foreign: "accepted", token: "accepted", alias: "accepted" });

  refusals(): readonly string[] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
    rmSync(this.#stateDir, { recursive: true, force: true });
  }
}
