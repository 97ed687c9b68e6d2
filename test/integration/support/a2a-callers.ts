import { readFileSync } from "node:fs";
import path from "node:path";
import {
  type Client,
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";
import {
  type Client as LegacyClient,
  ClientFactory as LegacyClientFactory,
  ClientFactoryOptions as LegacyFactoryOptions,
  JsonRpcTransportFactory as LegacyJsonRpcTransportFactory,
} from "a2a-sdk-0.3/client";
import { importJWK, SignJWT } from "jose";
import * as z from "zod";
import type { StartedCloud } from "./started-cloud.ts";

const Key = z.object({ kty: z.literal("EC"), crv: z.string(), x: z.string(), y: z.string(), d: z.string() });

/** A token of the embedded issuer for anybody, signed with its own key. */
export async function tokenFor(
  { stateDir }: Pick<StartedCloud, "stateDir">,
  who: { tenant: string; subject: string; roles: readonly string[] },
): Promise<string> {
  const key = Key.parse(JSON.parse(readFileSync(path.join(stateDir, "keys", "issuer.jwk.json"), "utf8")));
  return new SignJWT({ tenant: who.tenant, roles: [...who.roles] })
    .setProtectedHeader({ alg: "ES256", kid: "local-1" })
    .setIssuer("https://issuer.a2a-orchestrator.local")
    .setAudience("a2a-orchestrator")
    .setSubject(who.subject)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(await importJWK(key, "ES256"));
}

/** `fetch` that shows a token. */
export const fetchAs =
  (token: string): typeof fetch =>
  (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };

/** A client of the 1.x SDK, which reads our card. */
export function currentClient(
  url: string,
  token: string,
  binding: "JSONRPC" | "HTTP+JSON" = "JSONRPC",
): Promise<Client> {
  const fetchImpl = fetchAs(token);
  const transports =
    binding === "JSONRPC" ? [new JsonRpcTransportFactory({ fetchImpl })] : [new RestTransportFactory({ fetchImpl })];
  const options = {
    ...ClientFactoryOptions.default,
    transports,
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  };
  return new ClientFactory(options).createFromUrl(`${url}/`);
}

/** A client of the 0.3 SDK, which reads the same card. */
export function legacyClient(url: string, token: string): Promise<LegacyClient> {
  const fetchImpl = fetchAs(token);
  const options = { ...LegacyFactoryOptions.default, transports: [new LegacyJsonRpcTransportFactory({ fetchImpl })] };
  return new LegacyClientFactory(options).createFromUrl(`${url}/`);
}
