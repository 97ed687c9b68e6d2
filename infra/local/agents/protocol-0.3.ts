import { DefaultRequestHandler, InMemoryTaskStore, JsonRpcTransportHandler } from "a2a-sdk-0.3/server";
import { polledProtocol } from "./polled-protocol.ts";

/** A 0.3 agent, by @a2a-js/sdk 0.3.14: card at `/.well-known/agent-card.json`. */
export const protocol03 = polledProtocol({
  cardPath: "/.well-known/agent-card.json",
  cardFields: { protocolVersion: "0.3.0", preferredTransport: "JSONRPC" },
  open: (card, executor) => {
    const server = new JsonRpcTransportHandler(new DefaultRequestHandler(card, new InMemoryTaskStore(), executor));
    return { handle: (request) => server.handle(request) };
  },
});
