// An A2A agent: `node agent.mjs` serves it at port 9000. It greets whom `input.name` names.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const card = (url) => ({
  name: "hello",
  description: "Greets.",
  version: "1.0.0",
  supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  defaultInputModes: ["application/json"],
  defaultOutputModes: ["application/json"],
  skills: [{ id: "greet", name: "Greet", description: "Says hello to input.name.", tags: ["demo"] }],
});

/** The work. What is returned is the task's output; what is thrown ends the call with its reason. */
function greet({ input }) {
  return { greeting: `Hello, ${input?.name ?? "stranger"}!` };
}

async function answer(body) {
  let request;
  try {
    request = JSON.parse(body);
  } catch {
    return { jsonrpc: "2.0", id: null, error: { code: -32700, message: "this is not JSON" } };
  }
  const { id = null, method, params } = request;
  if (method !== "SendMessage") {
    return { jsonrpc: "2.0", id, error: { code: -32601, message: `there is no method ${method}` } };
  }
  const data = params?.message?.parts?.find((part) => part.data !== undefined)?.data;
  if (data === undefined) return { jsonrpc: "2.0", id, error: { code: -32602, message: "a data part is missing" } };
  const message = { messageId: randomUUID(), role: "ROLE_AGENT", parts: [{ data: greet(data) }] };
  return { jsonrpc: "2.0", id, result: { message } };
}

/** Serves the agent. Port 0 is any free one. */
export async function startAgent(port) {
  let url = "";
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const reply = request.method === "GET" ? card(url) : await answer(body);
    response.setHeader("content-type", "application/json").end(JSON.stringify(reply));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}/`;
  return { url, stop: () => server.close().closeAllConnections() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { url } = await startAgent(Number(process.env.PORT ?? 9000));
  console.log(`the agent is at ${url}`);
}
