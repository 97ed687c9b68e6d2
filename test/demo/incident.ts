/**
 * Shows what happens when an agent dies: `npm run demo:incident`. The whole system on this machine, two agents, a workflow
 * every second, and a receiver that checks signatures. What the scheduler does each minute is done every three seconds here.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { IncidentDetail, IncidentPage } from "../../shared/incidents/views/incidents.ts";
import { LoopbackAgent } from "../integration/support/loopback-agent.ts";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { SignedReceiver } from "./receiver.ts";

const MINUTE_MS = 3000;
const WORKFLOW = {
  workflow: {
    name: "demo",
    version: "1.0",
    orchestration_pattern: "supervisor",
    agents: { worker: { type: "worker", capabilities: ["echo"] } },
    tasks: [{ id: "first", agent: "worker", skill: "echo" }, { id: "second", agent: "worker", skill: "echo", depends_on: ["first"] }],
    coordination: { type: "graph_based" },
  },
};

const began = Date.now();
const say = (text: string): void => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const cloud = new StartedCloud({ env: { INCIDENT_QUIET_SECONDS: "6" } });
const key = randomBytes(32);
const receiver = new SignedReceiver(key, ({ type, data: { incident } }, isGenuine) =>
  say(`receiver: ${isGenuine ? "signature holds" : "FORGED"}: ${type} ${incident === undefined ? "" : `[${incident.severity}] ${incident.description}`}`),
);

const AWS = () => ({
  endpoint: /embedded cloud\s+(http:\S+)/.exec(cloud.output)?.[1] ?? "",
  region: "eu-central-1",
  credentials: { accessKeyId: "x", secretAccessKey: "x" },
});

async function invoke(folder: string): Promise<void> {
  const lambda = new LambdaClient(AWS());
  await lambda.send(new InvokeCommand({ FunctionName: `a2a-dev-${folder}`, Payload: "{}" }));
  lambda.destroy();
}

/** What the scheduler starts each minute. */
async function minute(): Promise<void> {
  await invoke("check-agents");
  await invoke("detect-incidents");
  await sleep(MINUTE_MS);
}

async function call<Schema extends z.ZodType>(schema: Schema, method: string, target: string, body?: unknown): Promise<z.output<Schema>> {
  const reply = await cloud.call(method, target, body);
  if (reply.status >= 300) throw new Error(`${method} ${target}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return schema.parse(reply.body);
}

async function enlist(id: string): Promise<LoopbackAgent> {
  const agent = await LoopbackAgent.start(path.join(cloud.stateDir, `${id}-${Date.now()}`));
  await call(z.unknown(), "POST", "/api/v1/agents", { agent_id: id, endpoint: agent.url, capabilities: ["echo"] });
  return agent;
}

/** Executions that were submitted, by how they ended. */
class Load {
  readonly #ids: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#timer = setInterval(() => void this.#submit(), 1000);
  }

  async #submit(): Promise<void> {
    const { execution_id: id } = await call(z.object({ execution_id: z.string() }), "POST", "/api/v1/workflows/demo/execute", { input_data: {} });
    this.#ids.push(id);
  }

  async end(): Promise<string> {
    clearInterval(this.#timer);
    const ended = await Promise.all(this.#ids.map((id) => cloud.until(() => endOf(id), `the end of ${id}`)));
    const completed = ended.filter((status) => status === "completed").length;
    return `${completed} of ${ended.length} executions completed meanwhile`;
  }
}

async function endOf(id: string): Promise<string | undefined> {
  const { status } = await call(z.object({ status: z.string() }), "GET", `/api/v1/executions/${id}`);
  return ["completed", "failed", "cancelled"].includes(status) ? status : undefined;
}

const show = (id: string) => call(IncidentDetail, "GET", `/api/v1/incidents/${id}`);

/** Minutes pass until the incident, if any, is as wanted. */
async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (let minutes = 0; minutes < 60; minutes += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await minute();
  }
  throw new Error("an hour passed and it did not happen");
}

async function setUp(): Promise<void> {
  await receiver.start();
  say("bringing up the system …");
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  const secrets = new SecretsManagerClient(AWS());
  const secret = { signing_secret: `whsec_${key.toString("base64")}` };
  const { ARN: secret_arn } = await secrets.send(new CreateSecretCommand({ Name: "a2a/channels/default/demo", SecretString: JSON.stringify(secret) }));
  secrets.destroy();
  const channel = await call(z.object({ channel_id: z.string() }), "POST", "/api/v1/channels", { name: "demo", type: "webhook", url: receiver.url, secret_arn });
  await call(z.unknown(), "POST", `/api/v1/channels/${channel.channel_id}/test`, {});
  await call(z.unknown(), "POST", "/api/v1/workflows", WORKFLOW);
}

async function play(agents: LoopbackAgent[]): Promise<void> {
  const load = new Load();
  agents.push(await enlist("agent-left"));
  const right = await enlist("agent-right");
  agents.push(right);
  load.start();
  await minute();
  say("agent-right is killed");
  right.stop();
  const found = await until(async () => (await call(IncidentPage, "GET", "/api/v1/incidents/active")).incidents.find(({ rule }) => rule === "agent_lost"));
  const { incident_id: id } = found;
  say(`tower: ${id} is open: ${found.description}`);
  await call(z.unknown(), "POST", `/api/v1/incidents/${id}/acknowledge`, { note: "looking" });
  const done = await call(z.object({ response_id: z.string(), plan: z.array(z.object({ after: z.string() })) }), "POST", `/api/v1/incidents/${id}/response`, { response_type: "agent_quarantine" });
  say(`operator: agent-right is ${done.plan[0]?.after ?? ""}`);
  agents.push(await enlist("agent-right"));
  say("agent-right is back");
  await call(z.unknown(), "POST", `/api/v1/incidents/${id}/response/${done.response_id}/revert`, {});
  say("operator: agent-right may have work again");
  const ended = await until(async () => {
    const incident = await show(id);
    return incident.status === "resolved" ? incident : undefined;
  });
  say(`tower: ${ended.status}, because ${ended.resolution ?? ""}`);
  say(await load.end());
  await sleep(1000);
  console.log(`\n${id}  ${ended.severity}  ${ended.status}\n${ended.description}\n`);
  const { timeline, notices } = await show(id);
  const lines = [
    ...timeline.map(({ at, what, by, text = "" }) => `${at}  ${what.padEnd(19)} ${by.padEnd(12)} ${text}`),
    ...notices.map(({ ended_at: at = "", status, event, attempts }) => `${at}  ${`told: ${status}`.padEnd(19)} ${"demo".padEnd(12)} ${event}, ${attempts === 1 ? "first try" : `${attempts} tries`}`),
  ];
  console.log(lines.toSorted((a, b) => (a < b ? -1 : 1)).join("\n"));
}

const agents: LoopbackAgent[] = [];
try {
  await setUp();
  await play(agents);
} finally {
  for (const agent of agents) agent.stop();
  receiver.stop();
  await cloud.dispose();
}
