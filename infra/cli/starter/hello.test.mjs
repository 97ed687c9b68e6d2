// `node --test` runs this: the agent alone, and the whole workflow where A2A_URL and A2A_TOKEN name an orchestrator.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";

const { A2A_URL, A2A_TOKEN } = process.env;
const skip = A2A_URL && A2A_TOKEN ? false : "A2A_URL and A2A_TOKEN name no orchestrator";
const read = (file) => readFile(new URL(file, import.meta.url), "utf8");

let agent;
before(async () => {
  agent = await startAgent(0);
});
after(() => agent.stop());

test("the agent greets whom it is told to", async () => {
  const message = {
    messageId: "1",
    role: "ROLE_USER",
    parts: [{ data: { input: JSON.parse(await read("input.json")) } }],
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params: { message } });
  const reply = await (await fetch(agent.url, { method: "POST", body })).json();
  assert.deepEqual(reply.result.message.parts, [{ data: { greeting: "Hello, Ada!" } }]);
});

test("the workflow has it greet", { skip }, async () => {
  const { agent_id: id } = await call("POST", "/agents", {
    endpoint: agent.url,
    agent_id: `agent-hello-${process.pid}`,
  });
  try {
    await call("POST", "/workflows", await read("hello.workflow.yaml"), "application/yaml");
    const input = JSON.parse(await read("input.json"));
    const { execution_id: execution } = await call("POST", "/workflows/hello/execute", { input_data: input });
    assert.equal(await endOf(execution), "completed");
    const { output } = await call("GET", `/executions/${execution}/output`);
    assert.deepEqual(output, { greet: { greeting: "Hello, Ada!" } });
  } finally {
    await call("DELETE", `/agents/${id}`);
  }
});

async function endOf(execution) {
  for (;;) {
    const { status, error_details: error } = await call("GET", `/executions/${execution}`);
    assert.equal(error, undefined);
    if (status === "completed") return status;
    await sleep(200);
  }
}

async function call(method, path, content, type = "application/json") {
  const body = typeof content === "string" || content === undefined ? content : JSON.stringify(content);
  const headers = { authorization: `Bearer ${A2A_TOKEN}`, ...(body === undefined ? {} : { "content-type": type }) };
  const given = body === undefined ? {} : { body };
  const reply = await fetch(`${A2A_URL}/api/v1${path}`, { method, headers, ...given });
  const text = await reply.text();
  assert.ok(reply.ok, `${method} ${path} → ${reply.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
