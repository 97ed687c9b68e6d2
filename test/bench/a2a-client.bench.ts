/**
 * CPU of one trivial send: our client against the SDK's, against the same agent in another process, interleaved.
 *
 * Run: node test/bench/a2a-client.bench.ts
 */
import {
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";
import { Role, SendMessageRequest } from "@a2a-js/sdk";

import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { outputOfParts } from "../../shared/a2a/task-output.ts";
import { startAgentProcess } from "../integration/agent-process.ts";

const SENDS = 2000;
const ROUNDS = 7;
const AT_ONCE = [1, 16];
const INPUT = { city: "Vienna", amount: 3 };

await using agent = await startAgentProcess("loopback");

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
const endpoint = { agentId: "loopback", url: agent.url };
const sendOurs = async (): Promise<void> => {
  const outcome = await client.sendTask(endpoint, {
    messageId: crypto.randomUUID(),
    contextId: "bench",
    parts: [{ kind: "data", data: INPUT }],
    metadata: { skill: "echo" },
  });
  if (outcome.kind !== "message" || !("echo" in outputOfParts(outcome.parts))) throw new Error(JSON.stringify(outcome));
};

const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
  transports: [new JsonRpcTransportFactory({ legacyCompat: { enabled: true } })],
  cardResolver: new DefaultAgentCardResolver({ legacyCompat: { enabled: true } }),
});
const sdk = await new ClientFactory(options).createFromUrl(agent.url);
const sendSdk = async (): Promise<void> => {
  const request = SendMessageRequest.fromJSON({
    message: {
      messageId: crypto.randomUUID(),
      contextId: "bench",
      role: Role.ROLE_USER,
      parts: [{ data: INPUT }],
      metadata: { skill: "echo" },
    },
    configuration: { returnImmediately: true },
  });
  const result = await sdk.sendMessage(request);
  if (!("messageId" in result)) throw new Error(JSON.stringify(result));
};

interface Sample {
  readonly cpuMs: number;
  readonly wallMs: number;
}

async function measure(send: () => Promise<void>, atOnce: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let left = SENDS;
  const worker = async (): Promise<void> => {
    while ((left -= 1) >= 0) await send();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const used = process.cpuUsage(cpu);
  return { cpuMs: (used.user + used.system) / 1000 / SENDS, wallMs: (performance.now() - start) / SENDS };
}

const PATHS = { ours: sendOurs, "SDK 1.3.0": sendSdk };
const rows: object[] = [];
for (const atOnce of AT_ONCE) {
  const samples = new Map<string, Sample[]>(Object.keys(PATHS).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, send] of Object.entries(PATHS)) {
      const sample = await measure(send, atOnce);
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  for (const [path, taken] of samples) {
    const cpu = taken.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
    const wall = taken.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
    const middle = Math.floor(ROUNDS / 2);
    rows.push({
      path,
      "at once": atOnce,
      "CPU ms per send (median)": cpu[middle]?.toFixed(3),
      "least – most": `${cpu[0]?.toFixed(3)} – ${cpu.at(-1)?.toFixed(3)}`,
      "sends per second": Math.round(1000 / (wall[middle] ?? 1)),
    });
  }
}
console.log(`${SENDS} sends a round, ${ROUNDS} rounds after one to warm up, ${process.version}`);
console.table(rows);
client.close();
