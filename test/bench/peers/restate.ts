/** Brings up Restate, the peer whose steps are remote calls too, and times the same three shapes on it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inTurns, medianOf, type ShapeTimes } from "../measure.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const PACKAGES = path.join(ROOT, ".local", "peers");
const PINNED = { server: "1.7.12", sdk: "1.17.2" };
const INGRESS = "http://127.0.0.1:18080";
const ADMIN = "http://127.0.0.1:19070";
const PORTS = { remote: "19201", caller: "19202" };

/** Restate is under the Business Source License: fetched for the comparison, never a dependency. */
async function install(): Promise<void> {
  if (existsSync(path.join(PACKAGES, "node_modules/@restatedev/restate-server"))) return;
  mkdirSync(PACKAGES, { recursive: true });
  writeFileSync(path.join(PACKAGES, "package.json"), '{ "private": true }\n');
  const names = [`@restatedev/restate-server@${PINNED.server}`, `@restatedev/restate-sdk@${PINNED.sdk}`];
  await finished(spawn("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...names], { cwd: PACKAGES }));
}

const finished = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} exited with ${code}`))));
  });

async function waitFor(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answers = await fetch(url).then(({ ok }) => ok, () => false);
    if (answers) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}

async function call(handler: "sequence" | "fanOut", steps: number): Promise<void> {
  const reply = await fetch(`${INGRESS}/caller/${handler}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ steps }),
  });
  if (!reply.ok) throw new Error(`Restate answered ${reply.status}: ${await reply.text()}`);
  await reply.arrayBuffer();
}

async function register(port: string): Promise<void> {
  const reply = await fetch(`${ADMIN}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, force: true }),
  });
  if (!reply.ok) throw new Error(`Restate refused the deployment: ${await reply.text()}`);
}

/** Milliseconds and rates of Restate on this machine, now. */
export async function timeRestate(rounds: number): Promise<ShapeTimes> {
  await install();
  const data = mkdtempSync("/tmp/restate-bench-");
  const env = {
    ...process.env,
    RESTATE_BASE_DIR: data,
    RESTATE_INGRESS__BIND_ADDRESS: "127.0.0.1:18080",
    RESTATE_ADMIN__BIND_ADDRESS: "127.0.0.1:19070",
    RESTATE_BIND_ADDRESS: "127.0.0.1:15122",
    RESTATE_LOG_FILTER: "warn",
  };
  const service = path.join(import.meta.dirname, "restate-service.mjs");
  const children = [
    // The binary itself: killing npm's launcher would leave it running.
    spawn(path.join(PACKAGES, `node_modules/@restatedev/restate-server-linux-${process.arch}/bin/restate-server`), [], {
      env,
      stdio: "ignore",
    }),
    spawn(process.execPath, [service, PACKAGES, PORTS.remote, "remote"], { stdio: "ignore" }),
    spawn(process.execPath, [service, PACKAGES, PORTS.caller, "caller"], { stdio: "ignore" }),
  ];
  try {
    await waitFor(`${ADMIN}/health`);
    await sleep(2000);
    await register(PORTS.remote);
    await register(PORTS.caller);
    for (let warm = 0; warm < 30; warm += 1) await call("sequence", 10);
    const empty = await medianOf(rounds, () => call("sequence", 0));
    const ten = await medianOf(rounds, () => call("sequence", 10));
    const fanOutMs = await medianOf(rounds, () => call("fanOut", 50));
    const seconds = await inTurns(200, 32, () => call("sequence", 10));
    return { perStepMs: (ten - empty) / 10, tenStepsMs: ten, fanOutMs, workflowsPerSecond: 200 / seconds };
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true });
  }
}
