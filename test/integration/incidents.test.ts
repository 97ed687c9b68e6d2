import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { IncidentDetail, IncidentPage, IncidentView } from "../../shared/incidents/views/incidents.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { runFunction } from "./support/run-function.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { sweepAgents } from "./support/sweep-agents.ts";

const KEY = Buffer.alloc(32, 7);

const Posted = z.object({ type: z.string(), data: z.looseObject({ incident: z.looseObject({ incident_id: z.string() }).optional() }) });

/** Takes webhooks, and believes those that are signed. `/breaks` fails once, `/gone` wants no more. */
class Receiver {
  readonly posts: { readonly path: string; readonly isGenuine: boolean; readonly body: z.output<typeof Posted> }[] = [];
  #server: Server | undefined;
  #broken = 1;
  url = "";

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        const [id = "", at = "", signature = ""] = ["id", "timestamp", "signature"].map((name) => [request.headers[`webhook-${name}`]].flat()[0]);
        const expected = `v1,${createHmac("sha256", KEY).update(`${id}.${at}.${text}`).digest("base64")}`;
        this.posts.push({ path: request.url ?? "", isGenuine: signature === expected, body: Posted.parse(JSON.parse(text)) });
        const status = request.url === "/gone" ? 410 : request.url === "/breaks" && this.#broken-- > 0 ? 500 : 200;
        response.writeHead(status).end("{}");
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  heard(at: string): string[] {
    return this.posts.filter(({ path: to }) => to === at).map(({ body }) => body.type);
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const cloud = new StartedCloud({ env: { INCIDENT_QUIET_SECONDS: "2" } });
const receiver = new Receiver();
let agent: LoopbackAgent;

async function makeSecret(name: string, content: object): Promise<string> {
  const endpoint = /embedded cloud\s+(http:\S+)/.exec(cloud.output)?.[1] ?? "";
  const secrets = new SecretsManagerClient({ endpoint, region: "eu-central-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } });
  const { ARN = "" } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(content) }));
  secrets.destroy();
  return ARN;
}

const detect = (): Promise<void> => runFunction(cloud, "detect-incidents");

const addChannel = async (more: object): Promise<string> => {
  const { status, body } = await cloud.call("POST", "/api/v1/channels", { name: "ops", type: "webhook", ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return z.object({ channel_id: z.string() }).parse(body).channel_id;
};

const active = async () => IncidentPage.parse((await cloud.call("GET", "/api/v1/incidents/active")).body).incidents;
const show = async (id: string) => IncidentDetail.parse((await cloud.call("GET", `/api/v1/incidents/${id}`)).body);

beforeAll(async () => {
  await receiver.start();
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  expect((await cloud.call("POST", "/api/v1/agents", { agent_id: "agent-lonely", endpoint: agent.url, capabilities: ["undo"] })).status).toBe(201);
});

afterAll(async () => {
  agent.stop();
  receiver.stop();
  await cloud.dispose();
});

describe("incidents on a running cloud", () => {
  it("finds an agent that died, tells a receiver that checks signatures, and resolves once it is back", async () => {
    const secret_arn = await makeSecret("a2a/channels/default/ops", { signing_secret: `whsec_${KEY.toString("base64")}` });
    const channel = await addChannel({ url: `${receiver.url}/signed`, secret_arn });
    expect((await cloud.call("POST", `/api/v1/channels/${channel}/test`, {})).body).toMatchObject({ status: "delivered", event: "channel.tested" });
    await sweepAgents(cloud);
    agent.stop();
    await sweepAgents(cloud);
    await sweepAgents(cloud);
    // Side by side, as two of AWS's schedules may: one acts.
    await Promise.all([detect(), detect()]);
    const [found, ...others] = await active();
    expect([found, others]).toMatchObject([{ rule: "agent_lost", subject: "agent-lonely", severity: "high", auto_detected: true, context: { only_one_for: ["echo", "undo"] } }, []]);
    const id = found?.incident_id ?? "";
    await cloud.until(() => (receiver.heard("/signed").includes("incident.opened") ? true : undefined), "the receiver to hear of it");

    const acknowledged = await cloud.call("POST", `/api/v1/incidents/${id}/acknowledge`, { note: "looking" });
    expect(IncidentView.parse(acknowledged.body)).toMatchObject({ status: "acknowledged", acknowledged_by: expect.any(String) });
    agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback-again"));
    await cloud.call("PUT", "/api/v1/agents/agent-lonely", { agent_id: "agent-lonely", endpoint: agent.url, capabilities: ["undo"] });
    const resolved = await cloud.until(async () => {
      await sweepAgents(cloud);
      await detect();
      await sleep(500);
      const shown = await show(id);
      return shown.status === "resolved" ? shown : undefined;
    }, "the incident to resolve itself");
    expect(resolved).toMatchObject({ resolved_by: "detector", occurrences: 1, runbook: { fix: expect.any(String) } });
    expect(resolved.timeline.map(({ what }) => what)).toEqual(["opened", "acknowledged", "resolved"]);
    await cloud.until(() => (receiver.heard("/signed").includes("incident.resolved") ? true : undefined), "the receiver to hear of its end");
    expect(receiver.heard("/signed")).toEqual(["channel.tested", "incident.opened", "incident.acknowledged", "incident.resolved"]);
    expect(receiver.posts.every(({ isGenuine }) => isGenuine)).toBe(true);
    await cloud.call("DELETE", `/api/v1/channels/${channel}`);
  });

  it("takes incidents of people once per key, filters them, and says no to what cannot be", async () => {
    const body = { incident_type: "security_breach", severity: "critical", description: "a key was published" };
    const first = await cloud.call("POST", "/api/v1/incidents", body, { "idempotency-key": "monday" });
    const again = await cloud.call("POST", "/api/v1/incidents", body, { "idempotency-key": "monday" });
    expect([first.status, again.status]).toEqual([201, 200]);
    const { incident_id: id } = IncidentView.parse(first.body);
    expect(IncidentView.parse(again.body).incident_id).toBe(id);
    const listed = async (query: string) => IncidentPage.parse((await cloud.call("GET", `/api/v1/incidents?${query}`)).body).incidents.map((each) => each.incident_id);
    expect(await listed("severity=critical&type=security_breach")).toEqual([id]);
    expect(await listed("severity=low")).toEqual([]);
    await cloud.call("POST", `/api/v1/incidents/${id}/resolve`, { resolution: "the key was changed" });
    expect(await listed("status=resolved&severity=critical")).toEqual([id]);
    expect((await cloud.call("POST", `/api/v1/incidents/${id}/acknowledge`, {})).status).toBe(409);
    expect((await cloud.call("GET", "/api/v1/incidents/inc_none")).status).toBe(404);
  });

  it("switches a channel off that wants no more, and tries one again that fails", async () => {
    const gone = await addChannel({ name: "gone", url: `${receiver.url}/gone` });
    const breaks = await addChannel({ name: "breaks", url: `${receiver.url}/breaks` });
    await cloud.call("POST", "/api/v1/incidents", { incident_type: "agent_failure", severity: "low", description: "slow" });
    const off = await cloud.until(async () => {
      const { body } = await cloud.call("GET", `/api/v1/channels/${gone}`);
      return z.object({ enabled: z.boolean() }).parse(body).enabled ? undefined : body;
    }, "the channel to be switched off");
    expect(off).toMatchObject({ disabled_reason: expect.stringContaining("answered 410") });
    await cloud.until(() => (receiver.heard("/breaks").length >= 2 ? true : undefined), "another try");
    const log = await cloud.until(async () => {
      const { body } = await cloud.call("GET", `/api/v1/channels/${breaks}/notices`);
      return JSON.stringify(body).includes('"delivered"') ? body : undefined;
    }, "the notice to be delivered");
    expect(log).toMatchObject({ notices: [{ status: "delivered", attempts: 2 }] });
  });
});
