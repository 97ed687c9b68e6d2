import path from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Browser } from "playwright-core";
import { LoopbackAgent } from "../../integration/support/loopback-agent.ts";
import { StartedCloud } from "../../integration/support/started-cloud.ts";
import { gated, WorkflowClient } from "../../integration/support/workflow-client.ts";
import { launch, type Look, openPage, type WatchedPage } from "./browser.ts";

const WIDE: Look = { theme: "light", width: 1280 };

/** A deployment with a browser before it, while a file's tests run. */
export function openWorld() {
  const cloud = new StartedCloud({ isGroup: true });
  const client = new WorkflowClient(cloud);
  let agent: LoopbackAgent | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    cloud.start("--no-job", "--latency-ms", "0");
    await cloud.ready();
    agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
    const registration = { endpoint: agent.url, capabilities: ["echo", "undo"] };
    expect((await cloud.call("POST", "/api/v1/agents", registration)).status).toBe(201);
    browser = await launch();
    await deployAll(client);
  });
  afterAll(async () => {
    await browser?.close();
    agent?.stop();
    await cloud.dispose();
  });
  return {
    cloud,
    client,
    openGate: async (gate: string) => agent?.open(gate),
    /** An address below `/ui/` with the token in its fragment. */
    address: (below: string): string => addressOf(cloud, below),
    /** Opens an address below `/ui/`, signed in. */
    open: async (below: string, look: Look = WIDE): Promise<WatchedPage> => {
      if (browser === undefined) throw new Error("the browser is not up yet");
      return openPage(browser, addressOf(cloud, below), look);
    },
    /** Opens it as somebody who has no token. */
    openAsStranger: async (address: string): Promise<WatchedPage> => {
      if (browser === undefined) throw new Error("the browser is not up yet");
      return openPage(browser, `${cloud.connection().url}/ui/${address}`, WIDE);
    },
  };
}

function addressOf(cloud: StartedCloud, below: string): string {
  const { url, token } = cloud.connection();
  return `${url}/ui/${below}#token=${token}`;
}

/** What the tests run: a pipeline with everything that a person may be needed for, a short one, one that fails. */
async function deployAll(client: WorkflowClient): Promise<void> {
  await client.deploy("quarterly-close", [
    { id: "fetch-ledger" },
    { id: "fetch-prices" },
    { id: "reconcile", depends_on: ["fetch-ledger", "fetch-prices"] },
    { id: "risk-model", depends_on: ["reconcile"], ...gated("model") },
    { id: "legacy-export", depends_on: ["reconcile"], when: "1 > 2" },
    { id: "score-feed", depends_on: ["fetch-prices"], input: { behaviour: "fail" }, on_failure: "continue" },
    { id: "choose-colour", depends_on: ["fetch-prices"], input: { behaviour: "input-required" } },
    { id: "sign-off", depends_on: ["reconcile"], approval: { prompt: "Do the totals look right?" } },
    { id: "report", depends_on: ["risk-model", "sign-off", "choose-colour"] },
  ]);
  await client.deploy("short", [{ id: "only" }, { id: "then", depends_on: ["only"] }]);
  await client.deploy("broken", [
    { id: "load", input: { behaviour: "fail" }, retry_policy: { max_attempts: 1 } },
    { id: "store", depends_on: ["load"] },
  ]);
  await client.deploy("waits", [{ id: "held", ...gated("waits") }, { id: "after", depends_on: ["held"] }]);
}
