import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgentPlace, ensureAgent, isAgentAlive, stopAgent } from "../../../infra/local/start/agent-process.ts";

let place: AgentPlace;
beforeEach(() => void (place = { name: "returns", folder: mkdtempSync(join(tmpdir(), "a2a-agents-")), latencyMs: 0 }));
afterEach(async () => {
  await stopAgent(place);
  rmSync(place.folder, { recursive: true });
});

describe("a sample agent's process", () => {
  it("is found again while it runs, and comes back on its port after it was stopped", async () => {
    const first = await ensureAgent(place);
    expect(await ensureAgent(place)).toEqual({ agent: first.agent, isNew: false });
    await stopAgent(place);
    expect(isAgentAlive(place, first.agent)).toBe(false);
    const second = await ensureAgent(place);
    expect(second.isNew).toBe(true);
    expect(second.agent.url).toBe(first.agent.url);
  });

  it("leaves alone a stranger who got its number", async () => {
    const record = join(place.folder, "returns.json");
    writeFileSync(record, JSON.stringify({ pid: process.pid, url: "http://127.0.0.1:1" }));
    await stopAgent(place);
    expect(JSON.parse(readFileSync(record, "utf8"))).toEqual({ url: "http://127.0.0.1:1" });
  });
});
