import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { cardSigner } from "../../shared/a2a/sign-card.ts";
import { secretReader } from "../../shared/agents/store/secrets.ts";
import { secretsClient } from "../../shared/aws/clients.ts";
import { ListVariable, readEnv } from "../../shared/core/config.ts";
import { createControl } from "../../shared/execution/control/create-control.ts";
import { submitDeps } from "../../shared/execution/run/create-submitter.ts";
import { hooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { createStores } from "../../shared/execution/runtime/create-stores.ts";
import { streamPlaces, StreamPlacesVariables } from "../../shared/http/stream-places.ts";
import { writePiece } from "../../shared/http/write-piece.ts";
import { answerRequest } from "./answer-request.ts";
import type { EndpointDeps } from "./endpoint.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "a2a-endpoint", jsonReplacerFn: maskLogged });
const env = readEnv({
  PUBLIC_BASE_URL: z.string(),
  AGENT_PRIVATE_HOSTS: ListVariable,
  /** Name of the secret that holds the key of our cards; empty: they are not signed. */
  CARD_KEY_SECRET: z.string(),
  ...StreamPlacesVariables,
});
const stores = createStores();
const readSecret = secretReader(secretsClient());
const deps: EndpointDeps = {
  ...stores,
  ...submitDeps(stores, hooksBefore(stores)),
  definitions: { db: stores.db, table: env.CONTROL_TABLE },
  conversation: { db: stores.db, table: stores.executions.table, payloads: stores.payloads },
  steering: createControl(stores),
  giveAnswer: (message) => stores.mail.awaitAnswer(message),
  pushHosts: new Set(env.AGENT_PRIVATE_HOSTS),
  sleep,
  signCard: env.CARD_KEY_SECRET === "" ? undefined : cardSigner(() => readSecret(env.CARD_KEY_SECRET)),
  places: streamPlaces(env, { db: stores.db, now: () => new Date(), newId: randomUUID }),
};

/** The A2A endpoint: the public card, JSON-RPC of 1.0 and 0.3, HTTP+JSON of 1.0; streams as server-sent events. */
export const handler = awslambda.streamifyResponse<APIGatewayProxyEvent>(async (event, stream) => {
  const { body, ...head } = await answerRequest(deps, event, {
    publicBaseUrl: env.PUBLIC_BASE_URL,
    isClosed: () => stream.destroyed || stream.writableEnded,
    onDefect: (error) => {
      const { authorizer, requestId } = event.requestContext;
      logger.error("request failed", { tenant: authorizer?.["tenant"], path: event.path, requestId, error });
    },
  });
  await using pieces = typeof body === "string" ? single(body) : body;
  const out = awslambda.HttpResponseStream.from(stream, head);
  for await (const piece of pieces) {
    if (!(await writePiece(out, piece))) break;
  }
  out.end();
});

/** The runtime sends the head with the first piece, be it empty. */
async function* single(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}
