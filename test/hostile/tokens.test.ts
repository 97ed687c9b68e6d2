import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { identify } from "../../functions/authorize/authorize.ts";
import { printTable } from "./print-table.ts";

const [ISSUER, AUDIENCE] = ["https://issuer.test", "a2a"];
const code = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "ann", tenant: "acme", roles: ["admin"], exp: now + 300, iat: now };

/** What a token with our own signature may say that makes it none. `undefined` leaves a claim out. */
const WRONG_CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  ...["iss", "aud", "sub", "tenant", "exp"].flatMap((claim) => [undefined, null, "", {}, [], true, -1].map((value) => ({ [claim]: value }))),
  ...["https://issuer.test/", "https://issuer.test.evil", "http://issuer.test", "HTTPS://ISSUER.TEST", "https://evil.test"].map((iss) => ({ iss })),
  ...["a2a2", "A2A", ["b2b"], "a2a,b2b"].map((aud) => ({ aud })),
  ...["acme#X", "acme/../b", "a b", "*", "acme\n", "\u0000", "T#acme", "a".repeat(300), "ümlaut", "a|b"].map((tenant) => ({ tenant })),
  ...[0, now - 60, now - 3600, `${now + 300}`, now - 6].map((exp) => ({ exp })),
  ...[now + 60, now + 3600, "later"].map((nbf) => ({ nbf })),
  ...[1, [1], {}, [null]].map((roles) => ({ roles })),
];
const ALGORITHMS = ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "RS256", "ES384", "ES256K", "EdDSA", "PS256", "", "ES256 ", "es256"];
/** Headers that would have us fetch or believe another key. */
const LURES: readonly object[] = [
  { jku: "https://evil.test/keys" }, { x5u: "https://evil.test/x" }, { kid: "../../dev/null" }, { kid: "k1' OR '1'='1" }, { kid: "" }, { kid: 1 }, { kid: ["k1"] }, { crit: ["exp"] }, { crit: [] }, { b64: false, crit: ["b64"] }, { typ: "JWE" }, { zip: "DEF" },
];

async function forgeries(): Promise<{ readonly rules: Parameters<typeof identify>[0]; readonly tokens: readonly string[]; readonly good: string }> {
  const [ours, theirs] = await Promise.all([generateKeyPair("ES256", { extractable: true }), generateKeyPair("ES256", { extractable: true })]);
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: "k1", alg: "ES256" };
  const their = await exportJWK(theirs.publicKey);
  const sign = (claims: object, header: object, key = ours.privateKey): Promise<string> => new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", kid: "k1", ...header }).sign(key);
  const good = await sign(CLAIMS, {});
  const [head = "", body = "", signature = ""] = good.split(".");
  const secret = new TextEncoder().encode(JSON.stringify(jwk));
  const tokens = [
    ...(await Promise.all(WRONG_CLAIMS.map((wrong) => sign({ ...CLAIMS, ...wrong }, {})))),
    ...ALGORITHMS.flatMap((alg) => [`${code({ alg, kid: "k1" })}.${body}.`, `${code({ alg, kid: "k1" })}.${body}.${signature}`]),
    ...(await Promise.all([{}, { jwk: their }, ...LURES].map((lure) => sign(CLAIMS, "crit" in lure ? {} : lure, theirs.privateKey)))),
    ...LURES.map((lure) => `${code({ alg: "ES256", kid: "k1", ...lure })}.${body}.${signature}`),
    await new SignJWT({ ...CLAIMS }).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(secret),
    `${head}.${code({ ...CLAIMS, tenant: "other" })}.${signature}`, `${head}.${body}.`, `${head}.${body}`, `${head}..${signature}`, `.${body}.${signature}`, `${head}.${body}.${"A".repeat(86)}`,
    `${head}.${body}.${signature}.x`, `${head}.${body}.${signature}=`, ` ${head}.${body}.${signature.slice(1)}`, "", ".", "..", "...", "null", "{}", "a.b.c", "eyJ", "=".repeat(5000), "\u0000", `${body}.${head}.${signature}`,
  ];
  return { rules: { issuer: ISSUER, audience: AUDIENCE, keys: createLocalJWKSet({ keys: [jwk] }) }, tokens: [...new Set(tokens)], good };
}

describe("forged tokens", () => {
  it("speak for nobody, and end no function", async () => {
    const { rules, tokens, good } = await forgeries();
    expect(await identify(rules, good)).toMatchObject({ tenant: "acme" });
    const taken: string[] = [];
    for (const token of tokens) {
      // Roles that are no texts give none; a token without rights is no forgery.
      const identity = await identify(rules, token).catch((error: unknown) => ({ roles: `threw ${String(error)}` }));
      if (identity !== undefined && identity.roles !== "") taken.push(`${identity.roles}: ${token.slice(0, 200)}`);
    }
    printTable("forged tokens", [[`${tokens.length} tried`, `${tokens.length - taken.length} refused`]]);
    expect(tokens.length).toBeGreaterThanOrEqual(100);
    expect(taken).toEqual([]);
  });
});
