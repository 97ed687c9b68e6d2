/**
 * The registry as its users meet it, over HTTP on the embedded cloud: `npm run bench:registry -- [--agents N]`.
 *
 * Registers N agents one by one, each by its own URL from which the card is fetched, sixteen requests at once; then asks
 * for single agents and for the best agents of a set of capabilities, one request after another. One process serves all
 * cards: it is no agent to be measured.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { quantile, ScaleCloud } from "./scale/scale-cloud.ts";
import { inTurns } from "./measure.ts";

const { values: options } = parseArgs({ options: { agents: { type: "string", default: "10000" } } });
const AGENTS = Number(options.agents);
const AT_ONCE = 16;
const ASKED = 1000;
const WARM_UP = 50;

const skillsOf = (index: number): readonly string[] => [`skill-${index % 10}`, `skill-${10 + (index % 7)}`, `skill-${20 + (index % 3)}`];

function cardOf(index: number, url: string): object {
  return {
    name: `agent ${index}`,
    description: "A card of the registry's bench",
    version: "1.0.0",
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: { streaming: false, pushNotifications: false },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: skillsOf(index).map((id) => ({ id, name: id, description: id, tags: [] })),
  };
}

/** Serves the card of any agent below its own path. */
async function serveCards(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const [, index = ""] = /^\/(\d+)\//.exec(request.url ?? "") ?? [];
    if (request.method !== "GET" || index === "") response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(cardOf(Number(index), `${url}/${index}/`)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { url, close: () => server.close() };
}

/** Milliseconds that requests took, one after another, sorted. */
async function timesOf(count: number, ask: (index: number) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = -WARM_UP; index < count; index += 1) {
    const begun = performance.now();
    await ask(Math.abs(index));
    if (index >= 0) times.push(performance.now() - begun);
  }
  return times.toSorted((a, b) => a - b);
}

const cards = await serveCards();
const scale = await ScaleCloud.start(0);
try {
  const cpu = scale.cpuSeconds();
  const register = (index: number) =>
    scale.call("POST", "/api/v1/agents", { agent_id: `agent-${String(index).padStart(5, "0")}`, endpoint: `${cards.url}/${index}/`, location: index % 2 === 0 ? "eu" : "us" });
  const seconds = await inTurns(AGENTS, AT_ONCE, register);
  const cpuMs = ((scale.cpuSeconds() - cpu) * 1000) / AGENTS;
  const one = await timesOf(ASKED, (index) => scale.call("GET", `/api/v1/agents/agent-${String((index * 7919) % AGENTS).padStart(5, "0")}`));
  const wanted = { capabilities: ["skill-3", "skill-12", "skill-21"], min_health_score: 0.8, location_preference: "eu" };
  const found = await timesOf(ASKED, () => scale.call("POST", "/api/v1/agents/discover", wanted));
  const shown = (times: readonly number[]): string => `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`;
  console.table([
    { what: `${AGENTS} agents registered over REST`, measured: `${seconds.toFixed(1)} s, ${cpuMs.toFixed(1)} ms CPU each`, bound: "< 60 s" },
    { what: "one agent read", measured: shown(one), bound: "p50 < 10 ms" },
    { what: "agents discovered", measured: shown(found), bound: "p99 < 10 ms" },
  ]);
} finally {
  await scale.stop();
  cards.close();
}
