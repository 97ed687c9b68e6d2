import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createAgentRoutes } from "../../../shared/a2a/agent-routes.ts";
import { createCardSource } from "../../../shared/a2a/card-source.ts";
import type { Exchange, Exchanged } from "../../../shared/a2a/http-exchange.ts";
import { A2A_LIMITS } from "../../../shared/a2a/limits.ts";
import { createRpcCaller } from "../../../shared/a2a/rpc-caller.ts";

const URL = "https://agent.test/a2a";
const card = {
  name: "a",
  supportedInterfaces: [{ url: URL, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  skills: [],
};
const sse = (result: object): string => `data: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result })}\n\n`;
const status = (state: string) => sse({ statusUpdate: { taskId: "t", contextId: "c", status: { state } } });
const artifact = sse({ artifactUpdate: { taskId: "t", artifact: { artifactId: "a", parts: [{ text: "42" }] } } });

/** A caller whose agent streams what it is told to and never ends the stream. */
function callerOf(stream: readonly string[]) {
  const exchange = ({ method, onText, signal }: Parameters<Exchange>[0]) => {
    if (method === "GET") return Promise.resolve<Exchanged>({ kind: "reply", status: 200, headers: {}, body: JSON.stringify(card) });
    return new Promise<Exchanged>((resolve) => {
      const isOver = stream.some((text) => onText?.(text, "text/event-stream") === "enough");
      if (isOver) return resolve({ kind: "reply", status: 200, headers: {}, body: stream.join("") });
      signal?.addEventListener("abort", () => resolve({ kind: "lost", reason: "called off", timedOut: false }));
    });
  };
  const over: Exchange = Object.assign(exchange, { close: () => {} });
  const routes = createAgentRoutes(createCardSource({ exchange: over, allowedHosts: new Set(), trustedCardKeys: {} }), new Set());
  return createRpcCaller({ exchange: over, routes, authorize: async () => ({ headers: {}, query: [] }), replyBytes: 1000 });
}

/** What a streamed send comes to, and whether the stream had to be left. */
async function streamed(stream: readonly string[]) {
  let result: unknown;
  const pending = callerOf(stream)
    .stream({ agentId: "a", url: `${URL}/card.json` }, { method: () => "SendStreamingMessage", params: () => ({}) })
    .then((found) => (result = found));
  await vi.advanceTimersByTimeAsync(A2A_LIMITS.lateArtifactMs - 1);
  const isEarly = result !== undefined;
  await vi.advanceTimersByTimeAsync(1);
  await pending;
  return { result, isEarly };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("leaves a stream in time whose task completed and which then says nothing more", async () => {
  expect(await streamed([status("TASK_STATE_COMPLETED")])).toMatchObject({ isEarly: false, result: { kind: "task", snapshot: { state: "completed", artifacts: [] } } });
});

it("takes what follows the end within that time", async () => {
  expect(await streamed([status("TASK_STATE_COMPLETED"), artifact])).toMatchObject({ result: { snapshot: { artifacts: [{ parts: [{ text: "42" }] }] } } });
});

it("leaves a stream at once that has said all", async () => {
  expect(await streamed([artifact, status("TASK_STATE_COMPLETED")])).toMatchObject({ isEarly: true, result: { snapshot: { state: "completed" } } });
  expect(vi.getTimerCount()).toBe(0);
});
