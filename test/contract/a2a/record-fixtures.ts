/**
 * Records what real SDK servers of each generation put on the wire, through the sample agents built on them.
 *
 * Run: node test/contract/a2a/record-fixtures.ts VERSION… (for example 0.2.5). Old recordings stay: a new SDK release
 * is a new file.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { startAgentProcess } from "../../integration/agent-process.ts";

const FIXTURES = new URL("../../fixtures/a2a/", import.meta.url);
const row = { symbol: "A", date: "2000-01-01", price: "1" };
const dependencies = { ingest: { rows: [row] } };
const table = { table: { months: ["2000-01-01", "2000-02-01"], prices: { A: [1, 2] } } };

const SERVERS = {
  "0.2.5": { agent: "risk", path: "/.well-known/agent.json", skill: "volatility", dependencies: table },
  "0.3.14": { agent: "standardise", path: "/.well-known/agent-card.json", skill: "standardisation", dependencies },
  "1.3.0": { agent: "report", path: "/.well-known/agent-card.json", skill: "chart", dependencies },
  "1.3.0-message": { agent: "returns", path: "/.well-known/agent-card.json", skill: "returns", dependencies: table },
};

async function record(version: keyof typeof SERVERS): Promise<void> {
  const { agent, path, skill, dependencies } = SERVERS[version];
  await using server = await startAgentProcess(agent, ["--data", `/tmp/record-${process.pid}`, "--latency-ms", "20"]);
  const current = version.startsWith("1.");
  const call = async (method: string, params: object): Promise<string> => {
    const headers = { "content-type": "application/json", ...(current ? { "a2a-version": "1.0" } : {}) };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return (await fetch(server.url, { method: "POST", headers, body })).text();
  };
  const data = { skill, input: {}, dependencies };
  const message = (messageId: string): object =>
    current
      ? {
          message: { messageId, contextId: "c-1", role: "ROLE_USER", parts: [{ data }] },
          configuration: { returnImmediately: true },
        }
      : {
          message: { kind: "message", messageId, contextId: "c-1", role: "user", parts: [{ kind: "data", data }] },
          configuration: { blocking: false, acceptedOutputModes: ["application/json"] },
        };
  const names = current
    ? { send: "SendMessage", stream: "SendStreamingMessage", get: "GetTask", cancel: "CancelTask", list: "ListTasks" }
    : { send: "message/send", stream: "message/stream", get: "tasks/get", cancel: "tasks/cancel", list: "tasks/list" };
  const card: unknown = await (await fetch(server.url + path)).json();
  const send: unknown = JSON.parse(await call(names.send, message("m-1")));
  await sleep(200);
  const id = /"id":"([0-9a-f-]{36})"/.exec(JSON.stringify(send))?.[1] ?? "none";
  const stored = {
    card,
    send,
    get: JSON.parse(await call(names.get, { id })),
    cancelDone: JSON.parse(await call(names.cancel, { id })),
    getUnknown: JSON.parse(await call(names.get, { id: "nobody's" })),
    list: JSON.parse(await call(names.list, { contextId: "c-1", includeArtifacts: true })),
    unknownMethod: JSON.parse(await call("sing", {})),
    stream: await call(names.stream, message("m-2")),
  };
  mkdirSync(FIXTURES, { recursive: true });
  writeFileSync(new URL(`sdk-${version}.json`, FIXTURES), `${JSON.stringify(stored, null, 2)}\n`);
}

for (const version of process.argv.slice(2)) {
  const known = Object.keys(SERVERS).find((name): name is keyof typeof SERVERS => name === version);
  if (known === undefined) throw new Error(`${version} is none of ${Object.keys(SERVERS).join(", ")}`);
  await record(known);
}
