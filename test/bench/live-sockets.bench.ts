/**
 * How long events take to sockets, and how many sockets one embedded cloud holds: `node test/bench/live-sockets.bench.ts`
 * against a running `npm start` (`--state DIR` names its state folder, `--sockets N` how many, `--runs N` how many runs).
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as z from "zod";

const { values } = parseArgs({
  options: { state: { type: "string", default: ".local" }, sockets: { type: "string", default: "2000" }, runs: { type: "string", default: "20" } },
});
const Connection = z.object({ url: z.string(), token: z.string(), websocket_url: z.string() });
const { url, token, websocket_url } = Connection.parse(JSON.parse(readFileSync(path.join(values.state, "connection.json"), "utf8")));
const Message = z.object({ type: z.string(), timestamp: z.string(), id: z.string().optional() });

async function post(target: string, body: object): Promise<unknown> {
  const reply = await fetch(`${url}${target}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return reply.json();
}

function open(query: string, hear: (text: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${websocket_url}?${query}&token=${token}`);
  socket.addEventListener("message", ({ data }) => hear(String(data)));
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(socket));
    socket.addEventListener("error", () => reject(new Error("a socket was refused")));
  });
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

const workflow = {
  name: "live-bench",
  version: "1.0",
  agents: { worker: { type: "worker", capabilities: ["data-ingestion"] } },
  tasks: [{ id: "a", agent: "worker", skill: "data-ingestion" }],
};
await post("/api/v1/workflows", { workflow });
const start = (): Promise<unknown> => post("/api/v1/workflows/live-bench/execute", { input_data: {} });

const delays: number[] = [];
const board = await open("workflow_id=live-bench", (text) => {
  const { timestamp, id } = Message.parse(JSON.parse(text));
  if (id !== undefined) delays.push(Date.now() - Date.parse(timestamp));
});
for (let run = 0; run < Number(values.runs); run += 1) {
  await start();
  await sleep(1500);
}
await sleep(3000);
board.close();
const sorted = [...delays].sort((a, b) => a - b);
console.log(`event to socket: ${sorted.length} messages, p50 ${quantile(sorted, 0.5)} ms, p95 ${quantile(sorted, 0.95)} ms, most ${sorted.at(-1)} ms`);

let heard = 0;
const sockets: WebSocket[] = [];
const before = Date.now();
for (let at = 0; at < Number(values.sockets); at += 50) {
  sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => open("dashboard=true", () => (heard += 1))))));
}
const opened = Date.now();
await start();
const expected = sockets.length * 3;
const isComplete = (): boolean => heard >= expected;
while (!isComplete() && Date.now() < opened + 60_000) await sleep(50);
console.log(`${sockets.length} sockets open after ${opened - before} ms; three events reached ${heard} of ${expected} in ${Date.now() - opened} ms`);
for (const socket of sockets) socket.close();
