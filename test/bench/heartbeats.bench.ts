/**
 * Heartbeats per second through the API's handler, 500 to a request: parsing, tenant and registry checks, and the
 * writes. First with tables in memory (our own code), then against the embedded DynamoDB on the same machine (code and store share
 * its cores; on AWS the store is somebody else's). One at a time for comparison.
 */
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { saveAgent } from "../../shared/agents/store/agent-store.ts";
import { ROUTES } from "../../functions/orchestrator-api/route-table.ts";
import { createRouter } from "../../functions/orchestrator-api/router.ts";
import { openTestDynamo } from "../fixtures/runtime/dynamo-tables.ts";
import { MemoryApi, proxyEvent } from "../fixtures/runtime/memory-api.ts";
import { agentOf } from "../fixtures/runtime/memory-runtime.ts";
import { inTurns, median } from "./measure.ts";

const AGENTS = 1000;
const PER_REQUEST = 500;
const ROUNDS = 5;
const ids = Array.from({ length: AGENTS }, (_, index) => `agent-${index}`);
const metrics = { cpu_usage: 0.45, memory_usage: 0.62, error_rate: 0.01, response_time_ms: 234, queue_size: 12 };

type Handle = ReturnType<typeof createRouter>;

async function beat(handle: Handle, from: number): Promise<void> {
  const heartbeats = ids.slice(from, from + PER_REQUEST).map((agent_id) => ({ agent_id, metrics }));
  const { statusCode, body } = await handle(proxyEvent("POST", "/api/v1/agents/heartbeats", { body: { heartbeats } }));
  if (statusCode !== 200 || !body.includes(`"accepted":${PER_REQUEST}`))
    throw new Error(`${statusCode}: ${body.slice(0, 300)}`);
}

async function beatOne(handle: Handle, id: string): Promise<void> {
  const { statusCode, body } = await handle(
    proxyEvent("POST", `/api/v1/agents/${id}/heartbeat`, { body: { metrics } }),
  );
  if (statusCode !== 200) throw new Error(`${statusCode}: ${body.slice(0, 300)}`);
}

/** Heartbeats per second, median and spread of the rounds. */
async function measure(handle: Handle, { requests, width }: { requests: number; width: number }) {
  await beat(handle, 0);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const seconds = await inTurns(requests, width, (index) =>
      beat(handle, (index % (AGENTS / PER_REQUEST)) * PER_REQUEST),
    );
    rates.push((requests * PER_REQUEST) / seconds);
  }
  const seconds = await inTurns(AGENTS, width, (index) => beatOne(handle, ids[index] ?? ""));
  return { rates, single: AGENTS / seconds };
}

function row(what: string, { rates, single }: { rates: number[]; single: number }, target: string) {
  const round = (value: number): string => Math.round(value).toLocaleString("en");
  return {
    what,
    "per second": round(median(rates)),
    spread: `${round(Math.min(...rates))}–${round(Math.max(...rates))}`,
    target,
    "one by one": round(single),
  };
}

const memory = new MemoryApi();
for (const id of ids) await saveAgent(memory.deps.agents, agentOf(id));
const inMemory = await measure(createRouter(memory.deps, ROUTES), { requests: 200, width: 4 });

const dynamo = await openTestDynamo();
const agents = { db: dynamo.db, table: "agents" };
for (const id of ids) await saveAgent(agents, agentOf(id));
const deps = {
  ...new MemoryApi().deps,
  agents,
  directory: createAgentDirectory(agents, () => new Date()),
  now: () => new Date(),
};
const onDynamo = await measure(createRouter(deps, ROUTES), { requests: 40, width: 4 });
await dynamo.stop();

console.table([
  row("handler, tables in memory", inMemory, "> 10,000"),
  row("handler and embedded DynamoDB, same two cores", onDynamo, ""),
]);
