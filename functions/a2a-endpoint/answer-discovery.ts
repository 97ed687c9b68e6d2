import type { APIGatewayProxyEvent } from "aws-lambda";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import type { CardSigner } from "../../shared/a2a/sign-card.ts";
import { type EndpointCard, etagOf, publicCard } from "../../shared/endpoint/agent-card.ts";
import { aiCatalog, CATALOG_TYPE } from "../../shared/endpoint/ai-catalog.ts";
import { SECURITY_HEADERS } from "../../shared/http/problem.ts";
import { headerOf, versionOf } from "./request-parts.ts";

/** A document that everybody may read and keep. */
interface PublicDocument {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Signing {
  readonly signCard: CardSigner | undefined;
  readonly onDefect: (error: unknown) => void;
}

/** Answers below `/.well-known/`: the agent card, and the catalog that names it. @param url of the deployment. */
export async function answerDiscovery(url: string, event: APIGatewayProxyEvent, signing: Signing): Promise<PublicDocument> {
  if (event.path.endsWith("/ai-catalog.json")) {
    return answerDocument(event, aiCatalog(url), { "content-type": CATALOG_TYPE });
  }
  const isCurrent = /^\s*1\.0(\.\d+)?\s*$/.test(versionOf(event) ?? "");
  const card = publicCard(`${url}/a2a`, isCurrent ? "1.0" : "0.3");
  return answerDocument(event, await signed(card, signing), { "content-type": "application/json", vary: "A2A-Version" });
}

/** The operator must see to a key that cannot be read or used; until then the card is served without a signature. */
async function signed(card: EndpointCard, { signCard, onDefect }: Signing): Promise<EndpointCard> {
  if (signCard === undefined) return card;
  try {
    return await signCard(card);
  } catch (error) {
    onDefect(error);
    return card;
  }
}

/** It may be kept: it says the same to everybody who sends the same headers of `vary`. */
function answerDocument(
  event: APIGatewayProxyEvent,
  document: Readonly<Record<string, unknown>>,
  { "content-type": type, ...more }: Readonly<Record<string, string>> & { readonly "content-type": string },
): PublicDocument {
  const etag = etagOf(document);
  const cacheControl = `public, max-age=${A2A_LIMITS.cardMaxAgeSeconds}`;
  const headers = { ...SECURITY_HEADERS, ...more, etag, "cache-control": cacheControl };
  const known = headerOf(event, "if-none-match")
    ?.split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag.replace(/^W\//, "")) === true) return { statusCode: 304, headers, body: "" };
  return { statusCode: 200, headers: { ...headers, "content-type": type }, body: JSON.stringify(document) };
}
