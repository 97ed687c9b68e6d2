import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { callApi, type Connection } from "../../cli/client/api-client.ts";
import { ApiProblem, ConnectionError } from "../../cli/client/api-errors.ts";
import { type AgentPlace, ensureAgent, isAgentAlive, type RunningAgent, stopAgent } from "./agent-process.ts";
import { reasonOf, StartError } from "./failures.ts";

/** Files under `infra/local/agents`: those of the pipeline in its order, and the desk that the examples of patterns call. */
const AGENTS = ["ingest", "standardise", "returns", "risk", "correlation", "report", "desk"];
const CHECK_MS = 5000;
/** Half a minute in all: what is not taken then is refused for a reason. */
const REGISTER_TRIES = 15;
const PAUSE_MS = 2000;

/** The seven sample agents, kept running. */
export interface SampleAgents extends AsyncDisposable {
  readonly agents: ReadonlyMap<string, RunningAgent>;
  /** How many were found running. */
  readonly reused: number;
}

/** How to run them. */
export interface SampleAgentOptions {
  /** Holds their records and data. */
  readonly folder: string;
  readonly latencyMs: number | undefined;
  /** Hears what went wrong behind the scenes. */
  readonly log: (line: string) => void;
}

/**
 * Starts the sample agents, or takes over those that a killed start left behind. One that ends is started again on its
 * port: an agent taken over ends some time after its first parent did.
 *
 * @throws {StartError} one does not get ready.
 */
export async function startSampleAgents({ folder, latencyMs, log }: SampleAgentOptions): Promise<SampleAgents> {
  mkdirSync(folder, { recursive: true });
  const places = AGENTS.map((name): AgentPlace => ({ name, folder, latencyMs }));
  const stop = async (): Promise<void> => void (await Promise.all(places.map(stopAgent)));
  const results = await Promise.allSettled(places.map(ensureAgent));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const found = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const agents = new Map(
    places.flatMap(({ name }, index) => (found[index] ? [[name, found[index].agent] as const] : [])),
  );
  const timer = setInterval(() => void revive(places, agents, log), CHECK_MS).unref();
  return {
    agents,
    reused: found.filter(({ isNew }) => !isNew).length,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await stop();
    },
  };
}

async function revive(
  places: readonly AgentPlace[],
  agents: Map<string, RunningAgent>,
  log: (line: string) => void,
): Promise<void> {
  for (const place of places) {
    const agent = agents.get(place.name);
    if (agent === undefined || isAgentAlive(place, agent)) continue;
    try {
      const { agent: next } = await ensureAgent(place);
      agents.set(place.name, next);
      log(`agent '${place.name}' ended and was started again at ${next.url}`);
    } catch (error) {
      log(`agent '${place.name}' ended and cannot be started: ${reasonOf(error)}`);
    }
  }
}

/** How an API that refuses is asked again. */
interface Patience {
  readonly tries: number;
  readonly pauseMs: number;
  /** Hears of each refusal. */
  readonly log: (line: string) => void;
}

/**
 * Registers the agents. What a former life left to do keeps a new one busy, so an API that refuses is asked again for a
 * while: it is no reason to give up everything that runs already.
 *
 * @throws {StartError} the API does not take an agent.
 */
export async function registerAgents(
  connection: Connection,
  { agents }: Pick<SampleAgents, "agents">,
  { tries = REGISTER_TRIES, pauseMs = PAUSE_MS, log }: Partial<Patience> & Pick<Patience, "log">,
): Promise<void> {
  await Promise.all([...agents].map(([name, { url }]) => registerAgent(connection, { name, url }, { tries, pauseMs, log })));
}

async function registerAgent(connection: Connection, agent: { name: string; url: string }, patience: Patience): Promise<void> {
  const { tries, pauseMs, log } = patience;
  try {
    await callApi(connection, { method: "POST", path: "/api/v1/agents", body: { endpoint: agent.url } }, z.object({ agent_id: z.string() }));
  } catch (error) {
    const isRefusal = error instanceof ApiProblem || error instanceof ConnectionError;
    if (!isRefusal) throw error;
    const refusal = `the agent '${agent.name}' cannot be registered: ${error.message}`;
    log(refusal);
    if (tries <= 1) throw new StartError(refusal, "see the logs in the state folder", { cause: error });
    await sleep(pauseMs);
    await registerAgent(connection, agent, { ...patience, tries: tries - 1 });
  }
}
