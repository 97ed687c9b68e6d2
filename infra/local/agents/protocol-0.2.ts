import { DefaultRequestHandler, InMemoryTaskStore, JsonRpcTransportHandler } from "a2a-sdk-0.2/server";
import { polledProtocol } from "./polled-protocol.ts";

/** A 0.2 agent, by @a2a-js/sdk 0.2.5: card at `/.well-known/agent.json`. */
export const protocol02 = polledProtocol({
  cardPath: "/.well-known/agent.json",
  cardFields: {},
  open: (card, executor) => {
    const server = new JsonRpcTransportHandler(new DefaultRequestHandler(card, new InMemoryTaskStore(), executor));
    return { handle: (request) => server.handle(request) };
  },
});
