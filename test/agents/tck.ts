/**
 * Runs the A2A conformance kit (github.com/a2aproject/a2a-tck, branch 1.0-dev) against our endpoint on the embedded cloud.
 *
 *   node test/agents/tck.ts FOLDER [ARGUMENT …]
 *
 * FOLDER is a checkout of the kit with its dependencies in `.venv`; arguments go to pytest. Ends with 1 when a requirement
 * of level MUST fails that is not among the known ones.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { startBearerProxy } from "./bearer-proxy.ts";
import { startTckAgent } from "./tck-agent.ts";

/** Requirements that we do not meet, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  "CORE-SEND-003":
    "the kit wants the call to succeed that the specification, and its own text, want refused with -32005",
};

/** Most messages get a task; those whose id begins so are to get a message. */
const ANSWERED_WITH = [
  { prefix: "tck-message-response", name: "tck-message", answer: "message" },
  { prefix: "", name: "tck", answer: "task" },
] as const;

const WORKFLOW = {
  version: "1.0",
  agents: { tck: { type: "tck", capabilities: ["tck"] } },
  tasks: [
    {
      id: "work",
      agent: "tck",
      skill: "tck",
      input_from: { message_id: "input.message.messageId" },
      retry_policy: { max_attempts: 1 },
    },
  ],
};

const Report = z.object({
  per_requirement: z.record(
    z.string(),
    z.looseObject({ level: z.string(), status: z.string(), errors: z.array(z.string()).default([]) }),
  ),
});

async function main([folder, ...extra]: readonly string[]): Promise<number> {
  if (folder === undefined)
    throw new Error(
      "usage: node test/agents/tck.ts FOLDER [ARGUMENT …]; FOLDER is a checkout of a2a-tck, branch 1.0-dev",
    );
  const cloud = new StartedCloud();
  const agent = await startTckAgent();
  try {
    cloud.start("--no-job");
    await cloud.ready();
    await must(cloud, "/api/v1/agents", { endpoint: agent.url, capabilities: ["tck"] });
    for (const { name, answer } of ANSWERED_WITH) await must(cloud, "/api/v1/workflows", { workflow: { ...WORKFLOW, name, answer } });
    const proxy = await startBearerProxy(cloud.connection(), skillFor);
    await run(folder, proxy.url, extra);
    proxy.server.closeAllConnections();
    proxy.server.close();
    return judge(folder);
  } finally {
    agent.server.closeAllConnections();
    agent.server.close();
    await cloud.dispose();
  }
}

const skillFor = (messageId: string): string => ANSWERED_WITH.find(({ prefix }) => messageId.startsWith(prefix))?.name ?? "tck";

async function must(cloud: StartedCloud, target: string, body: object): Promise<void> {
  const reply = await cloud.call("POST", target, body);
  if (reply.status !== 201) throw new Error(`${target} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
}

/** Our receivers of pushes are on the allow-list by address, so the kit's is called by its address. */
async function run(folder: string, url: string, extra: readonly string[]): Promise<void> {
  const python = path.resolve(folder, ".venv/bin/python");
  const args = ["run_tck.py", "--sut-host", url, "--", "--webhook-host=127.0.0.1", ...extra];
  const kit = spawn(python, args, { cwd: folder, stdio: "inherit" });
  await once(kit, "exit");
}

function judge(folder: string): number {
  const text = readFileSync(path.resolve(folder, "reports/compatibility.json"), "utf8");
  const { per_requirement: requirements } = Report.parse(JSON.parse(text));
  const failed = Object.entries(requirements).filter(([, { level, status }]) => level === "MUST" && status === "FAIL");
  for (const [id, { errors }] of failed)
    console.log(`${id}: ${KNOWN[id] ?? "not known to fail"}: ${errors.join("; ")}`);
  return failed.some(([id]) => KNOWN[id] === undefined) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
