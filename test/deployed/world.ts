import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type SampleAgents, startSampleAgents } from "../../infra/local/start/sample-agents.ts";
import { startTokenIssuer, type TokenIssuer } from "../../infra/local/start/token-issuer.ts";
import { LoopbackAgent } from "../integration/support/loopback-agent.ts";
import type { Reply } from "../integration/support/started-cloud.ts";
import { TARGETS } from "./options.ts";
import { type BackDoor, openBackDoor } from "./back-door.ts";
import { openTarget } from "./targets/open-target.ts";
import type { DeployedApp, Target } from "./targets/target.ts";

/** A stage that is nobody's: what a person deployed stays untouched. */
export const STAGE = "probe";
const REGION = "eu-central-1";
const PATIENCE_MS = 90_000;
const POLL_MS = 200;

/** A target with everything around it: tokens, agents, and in the end the deployed app. */
export class World {
  readonly #closers = new AsyncDisposableStack();
  readonly folder = mkdtempSync(path.join(tmpdir(), "a2a-deployed-"));
  #target: Target | undefined;
  #issuer: TokenIssuer | undefined;
  #agents: SampleAgents | undefined;
  #loopback: LoopbackAgent | undefined;
  #backDoor: BackDoor | undefined;
  #app: DeployedApp | undefined;
  #token = "";

  /** @throws {NotHereError} the target cannot be had on this machine. */
  async open(): Promise<void> {
    const name = TARGETS.find((known) => known === process.env["DEPLOYED_TARGET"]);
    if (name === undefined) throw new Error(`DEPLOYED_TARGET is none of ${TARGETS.join(", ")}`);
    this.#closers.defer(() => rmSync(this.folder, { recursive: true, force: true }));
    this.#target = this.#closers.use(await openTarget(name, { region: REGION, prefix: `a2a-${STAGE}` }));
    this.#issuer = this.#closers.use(await startTokenIssuer(path.join(this.folder, "keys")));
    this.#token = await this.#issuer.issueToken();
    const log = (): void => undefined;
    this.#agents = this.#closers.use(
      await startSampleAgents({ folder: path.join(this.folder, "agents"), latencyMs: 30, log }),
    );
    this.#loopback = await LoopbackAgent.start(path.join(this.folder, "loopback"));
    this.#closers.defer(() => this.#loopback?.stop());
    await this.#openBackDoor(this.#issuer.jwksUrl);
  }

  async #openBackDoor(jwksUrl: string): Promise<void> {
    const { DEPLOYED_PUBLIC_URL: publicUrl, DEPLOYED_PUBLIC_PORT: port } = process.env;
    if (publicUrl === undefined) return;
    const agents = new Map([...this.agents.agents].map(([name, { url }]) => [name, url]));
    this.#backDoor = this.#closers.use(
      await openBackDoor({
        publicUrl,
        port: Number(port),
        places: new Map([...agents, ["loopback", this.loopback.url], ["keys", jwksUrl]]),
      }),
    );
  }

  close = (): Promise<void> => this.#closers.disposeAsync();

  get target(): Target {
    return there(this.#target, "no target is open");
  }

  get app(): DeployedApp {
    return there(this.#app, "nothing is deployed");
  }

  get isDeployed(): boolean {
    return this.#app !== undefined;
  }

  get agents(): SampleAgents {
    return there(this.#agents, "no agents are running");
  }

  get loopback(): LoopbackAgent {
    return there(this.#loopback, "no agents are running");
  }

  /** Where functions reach the agents, the misbehaving one included. */
  get agentUrls(): ReadonlyMap<string, string> {
    const urls = new Map([...this.agents.agents].map(([name, { url }]) => [name, url]));
    const all = new Map([...urls, ["loopback", this.loopback.url]]);
    const door = this.#backDoor;
    return door === undefined ? all : new Map([...all.keys()].map((name) => [name, door.urlOf(name)]));
  }

  get connection(): { readonly url: string; readonly token: string } {
    return { url: this.app.apiUrl, token: this.#token };
  }

  async deploy(): Promise<void> {
    const { issuer, audience, jwksUrl } = there(this.#issuer, "no issuer is running");
    const url = this.#backDoor?.jwksUrl ?? jwksUrl;
    const parameters = { JwtIssuer: issuer, JwtAudience: audience, JwksUrl: url, AgentPrivateHosts: "127.0.0.1" };
    this.#app = await this.target.deploy(parameters);
  }

  /** Whether functions reach agents and keys: they are on this machine, or a tunnel leads here. */
  get canReachAgents(): boolean {
    return this.target.isOnThisMachine || this.#backDoor !== undefined;
  }

  async call(method: string, target: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const { url, token } = this.connection;
    const reply = await fetch(`${url}${target}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: parse(text) };
  }

  /** Asks until there is something. */
  async until<Found>(probe: () => Found | undefined | Promise<Found | undefined>, what: string): Promise<Found> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS)) {
      const found = await probe();
      if (found !== undefined) return found;
    }
    throw new Error(`waited too long for ${what}; refused by IAM: ${this.target.refusals().join("; ") || "nothing"}`);
  }
}

function there<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise);
  return value;
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
