import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Connection } from "../../cli/client/api-client.ts";
import { prepareAssembly } from "./assembly.ts";
import { bringUpCloud } from "./cloud.ts";
import { saveConnection } from "./connection-file.ts";
import { reasonOf, StartError } from "./failures.ts";
import { takeInstanceLock } from "./instance-lock.ts";
import type { StartOptions } from "./options.ts";
import { registerAgents, type SampleAgents, startSampleAgents } from "./sample-agents.ts";
import type { Steps } from "./steps.ts";
import { startTokenIssuer, type TokenIssuer } from "./token-issuer.ts";

/** Everything that is up. */
export interface System {
  readonly connection: Connection;
  readonly awsEndpoint: string;
  readonly socketUrl: string;
}

/** What to bring up, and when to give up. */
export interface BringUp extends Pick<StartOptions, "stateDir" | "port" | "latencyMs" | "syncs" | "hookCommands" | "allowsOpenCommands"> {
  readonly signal: AbortSignal;
}

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/**
 * Brings everything up: templates, tokens and agents side by side, then the cloud, then the registry.
 *
 * @param closers learns how to end what is up, also when a later step fails.
 * @throws {StartError} a step fails; says which, and what to do. @throws {Error} `signal` came first.
 */
export async function bringUp(plan: BringUp, steps: Steps, closers: AsyncDisposableStack): Promise<System> {
  const { stateDir, port, syncs, allowsOpenCommands: allowsOpenSandboxes, signal } = plan;
  makeStateFolder(stateDir);
  closers.use(takeInstanceLock(stateDir));
  const log = (line: string): void =>
    appendFileSync(join(stateDir, "logs", "start.log"), `${new Date().toISOString()} ${line}\n`);
  const [assembly, issuer, agents] = await together(closers, beginnings(plan, steps, log));
  signal.throwIfAborted();
  const parameters = {
    JwtIssuer: issuer.issuer,
    JwtAudience: issuer.audience,
    JwksUrl: issuer.jwksUrl,
    AgentPrivateHosts: "127.0.0.1",
    // Here a stream costs no function of its own.
    StreamsPerSubject: "200",
    StreamsPerTenant: "200",
    ...limitsOf(process.env),
  };
  const request = { assembly: assembly.folder, stateDir: join(stateDir, "cloud"), port, syncs, allowsOpenSandboxes, parameters, log };
  const cloud = await steps.run(
    "embedded cloud",
    () => bringUpCloud(request),
    ({ endpoint }) => endpoint,
  );
  closers.use(cloud);
  const connection = { url: cloud.apiUrl, token: await issuer.issueToken() };
  await steps.run(
    "agents known",
    () => registerAgents(connection, agents, { log }),
    () => [...agents.agents.keys()].join(", "),
  );
  saveConnection(stateDir, { ...connection, websocket_url: cloud.socketUrl, aws_endpoint: cloud.endpoint });
  return { connection, awsEndpoint: cloud.endpoint, socketUrl: cloud.socketUrl };
}

/** What needs nothing of the others. */
const beginnings = ({ stateDir, latencyMs, hookCommands, signal }: BringUp, steps: Steps, log: (line: string) => void) =>
  [
    steps.run(
      "templates",
      () => prepareAssembly(PROJECT, stateDir, { signal, ...(hookCommands.length === 0 ? {} : { context: { hookCommands: hookCommands.join(",") } }) }),
      ({ isNew }) => (isNew ? "synthesized" : "unchanged"),
    ),
    steps.run(
      "token issuer",
      () => startTokenIssuer(join(stateDir, "keys")),
      ({ jwksUrl }) => jwksUrl,
    ),
    steps.run(
      "sample agents",
      () => startSampleAgents({ folder: join(stateDir, "agents"), latencyMs, log }),
      describeAgents,
    ),
  ] as const;

/** Limits that may be set by environment variables (spec 000), by the parameter they become. */
const LIMITS = {
  MAX_CONCURRENT_WORKFLOWS: "MaxConcurrentWorkflows",
  MAX_CONCURRENT_WORKFLOWS_PER_TENANT: "MaxConcurrentWorkflowsPerTenant",
  MAX_QUEUE_SIZE: "MaxQueueSize",
  AGENT_CALL_SECONDS: "AgentCallSeconds",
  TRANSCRIPTS: "Transcripts",
  STREAMS_PER_SUBJECT: "StreamsPerSubject",
  STREAMS_PER_TENANT: "StreamsPerTenant",
  INCIDENT_QUIET_SECONDS: "IncidentQuietSeconds",
} as const;

const limitsOf = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(LIMITS).flatMap(([variable, parameter]) => {
    const value = environment[variable];
    return value === undefined || value === "" ? [] : [[parameter, value] as const];
  }));

function makeStateFolder(stateDir: string): void {
  try {
    mkdirSync(join(stateDir, "logs"), { recursive: true });
  } catch (error) {
    throw new StartError(`the state folder cannot be made: ${reasonOf(error)}`, "choose another with --state DIR", {
      cause: error,
    });
  }
}

const describeAgents = ({ agents, reused }: SampleAgents): string =>
  reused === 0 ? `${agents.size} processes` : `${agents.size} processes, ${reused} still running from before`;

/** Waits for all, so that what did come up is ended even when another fails. */
async function together<Plain>(
  closers: AsyncDisposableStack,
  [plain, issuer, agents]: readonly [Promise<Plain>, Promise<TokenIssuer>, Promise<SampleAgents>],
): Promise<[Plain, TokenIssuer, SampleAgents]> {
  const keep = <Resource extends AsyncDisposable>(resource: Promise<Resource>): Promise<Resource> =>
    resource.then((up) => closers.use(up));
  const kept = [plain, keep(issuer), keep(agents)] as const;
  await Promise.allSettled(kept);
  return Promise.all(kept);
}
