/** Stand-in for the company's identity provider: keys of our own, their public half over HTTP, tokens for one admin. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import * as z from "zod";
import { StartError } from "./failures.ts";

const ISSUER = "https://issuer.a2a-orchestrator.local";
const AUDIENCE = "a2a-orchestrator";
const ALGORITHM = "ES256";
const KEY_ID = "local-1";
const JWKS_PATH = "/.well-known/jwks.json";
const TOKEN_LIFE = "24h";
/** Owner of the workflows that ship with the app. */
const TENANT = "default";

/** A running issuer. */
export interface TokenIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** A token for an administrator of the default tenant, good for 24 hours. */
  readonly issueToken: () => Promise<string>;
}

const StoredKey = z.object({ kty: z.literal("EC"), crv: z.string(), x: z.string(), y: z.string(), d: z.string() });

/**
 * Starts an issuer whose keys live in `folder`, so that tokens outlive restarts.
 *
 * @throws {StartError} the key there is not one of ours.
 */
export async function startTokenIssuer(folder: string): Promise<TokenIssuer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = await loadKey(join(folder, "issuer.jwk.json"));
  const { d: _, ...publicKey } = key;
  const signingKey = await importJWK(key, ALGORITHM);
  const keySet = JSON.stringify({ keys: [{ ...publicKey, kid: KEY_ID, alg: ALGORITHM, use: "sig" }] });
  const server = createServer((request, response) => {
    if (request.url === JWKS_PATH) response.writeHead(200, { "content-type": "application/json" }).end(keySet);
    else response.writeHead(404).end();
  });
  const port = await listenAgain(server, join(folder, "jwks.port"));
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUrl: `http://127.0.0.1:${port}${JWKS_PATH}`,
    issueToken: () =>
      new SignJWT({ tenant: TENANT, roles: ["admin"] })
        .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject("local-admin")
        .setIssuedAt()
        .setExpirationTime(TOKEN_LIFE)
        .sign(signingKey),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function loadKey(file: string): Promise<JWK & z.output<typeof StoredKey>> {
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    writeFileSync(file, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  }
  try {
    return StoredKey.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new StartError(`the issuer's key cannot be read`, `delete ${file}; tokens issued so far end with it`, {
      cause: error,
    });
  }
}

/** Listens where it listened last time if it can: its URL is a template parameter, so nothing need change. */
async function listenAgain(server: Server, portFile: string): Promise<number> {
  const last = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  const port = await listen(server, last).catch(() => listen(server, 0));
  writeFileSync(portFile, String(port));
  return port;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
