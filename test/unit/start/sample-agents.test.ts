import { describe, expect, it } from "vitest";
import { StartError } from "../../../infra/local/start/failures.ts";
import { registerAgents } from "../../../infra/local/start/sample-agents.ts";
import { problem, startFakeApi } from "../cli/fake-api.ts";

const AGENTS = { agents: new Map([["ingest", { url: "http://127.0.0.1:1", pid: 1 }]]) };

describe("registering the sample agents", () => {
  it("asks again an API that a new life keeps too busy", async () => {
    const lines: string[] = [];
    const busy = problem(503, { title: "service unavailable", detail: "later" });
    await using api = await startFakeApi({
      "POST /dev/api/v1/agents": async (response, request) => {
        if (api.seen.length < 3) await busy(response, request);
        else response.writeHead(200, { "content-type": "application/json" }).end('{"agent_id":"ingest"}');
      },
    });
    await registerAgents(api.connection, AGENTS, { pauseMs: 1, log: (line) => lines.push(line) });
    expect(api.seen).toHaveLength(3);
    expect(lines).toEqual(Array(2).fill("the agent 'ingest' cannot be registered: later"));
  });

  it("gives up when the API goes on refusing", async () => {
    await using api = await startFakeApi({ "POST /dev/api/v1/agents": problem(503, { title: "service unavailable", detail: "later" }) });
    await expect(registerAgents(api.connection, AGENTS, { pauseMs: 1, tries: 4, log: () => undefined })).rejects.toThrow(StartError);
    expect(api.seen).toHaveLength(4);
  });
});
