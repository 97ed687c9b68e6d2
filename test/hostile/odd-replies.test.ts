import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type ScriptedPeer, startPeer } from "../integration/scripted-peer.ts";
import { openSteeredCloud } from "../integration/support/steered-cloud.ts";
import { ODD_REPLIES, type OddReply } from "./odd-replies.ts";
import { printTable } from "./print-table.ts";

const { cloud, client } = openSteeredCloud();
const peers: ScriptedPeer[] = [];
afterAll(async () => {
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});

/** A first look at an agent's task comes after 20 s: what is settled by then needed none but that one. */
const MOST_MS = 30_000;

const Asked = z.object({
  id: z.union([z.string(), z.number()]),
  method: z.string(),
  params: z.object({ message: z.object({ parts: z.array(z.looseObject({ data: z.object({ input: z.object({ odd: z.int() }) }).optional() })) }).optional() }),
});
const Settled = z.object({
  status: z.string(),
  attempt: z.int(),
  error: z.looseObject({ code: z.string() }).optional(),
  output: z.unknown().optional(),
});

/** An agent that answers to each message with the reply whose number the input names. */
async function startOddAgent(): Promise<void> {
  const peer = await startPeer(({ method, body }, origin) => {
    if (method === "GET") return { json: cardOf(origin) };
    const { id, method: called, params } = Asked.parse(JSON.parse(body));
    if (params.message === undefined) return { json: { jsonrpc: "2.0", id, error: { code: -32_601, message: `no method ${called}` } } };
    const odd = params.message.parts.flatMap(({ data }) => data?.input.odd ?? [])[0];
    return { text: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${ODD_REPLIES[odd ?? -1]?.result}}` };
  });
  peers.push(peer);
  const registration = { agent_id: "agent-odd", endpoint: peer.url, capabilities: ["odd"] };
  const { status, body } = await cloud.call("POST", "/api/v1/agents", registration);
  expect(status, JSON.stringify(body)).toBe(201);
}

const cardOf = (origin: string): object => ({
  name: "odd", description: "Answers oddly.", version: "1.0.0",
  supportedInterfaces: [{ url: `${origin}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {}, defaultInputModes: ["application/json"], defaultOutputModes: ["application/json"],
  skills: [{ id: "odd", name: "Odd", description: "Answers oddly.", tags: [] }],
});

const nameOf = (index: number): string => `odd-${index}`;

function flawOf({ becomes }: OddReply, found: z.infer<typeof Settled>): string | undefined {
  if (found.attempt !== 1) return `it took ${found.attempt} attempts`;
  if (found.status !== becomes.status) return `it is ${found.status} (${found.error?.code}), not ${becomes.status}`;
  if (becomes.status === "failed") return found.error?.code === becomes.code ? undefined : `it failed with ${found.error?.code}, not ${becomes.code}`;
  if (becomes.output === undefined) return undefined;
  const [is, wanted] = [JSON.stringify(found.output), JSON.stringify(becomes.output)];
  return is === wanted ? undefined : `its output is ${is?.slice(0, 80)}, not ${wanted}`;
}

describe("odd replies of agents", () => {
  it("are settled within one poll, each with what the agent meant, and harm no neighbour", async () => {
    await startOddAgent();
    const agents = { worker: { type: "odd", capabilities: ["odd"], agent_id: "agent-odd" } };
    const work = { agent: "worker", timeout: 20, retry_policy: { max_attempts: 1 }, on_failure: "continue" };
    await client.deploy("odd", ODD_REPLIES.map((_, odd) => ({ id: nameOf(odd), input: { odd }, ...work })), { agents });
    const began = Date.now();
    const id = await client.submit("odd");
    const isOver = async (): Promise<boolean> => ["completed", "failed"].includes((await client.execution(id)).status);
    while (!(await isOver()) && Date.now() - began < MOST_MS) await sleep(100);
    const seconds = (Date.now() - began) / 1000;
    const rows: string[][] = [];
    for (const [index, reply] of ODD_REPLIES.entries()) {
      const found = Settled.parse((await cloud.call("GET", `/api/v1/executions/${id}/tasks/${nameOf(index)}`)).body);
      rows.push([reply.name, found.error?.code ?? found.status, flawOf(reply, found) ?? "as meant"]);
    }
    printTable(`${ODD_REPLIES.length} odd replies, settled in ${seconds.toFixed(1)} s`, rows);
    expect(rows.filter(([, , flaw]) => flaw !== "as meant")).toEqual([]);
  });
});
