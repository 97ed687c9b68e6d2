import { createLocalJWKSet, exportJWK, generateKeyPair, type GenerateKeyPairResult, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { identify, type TokenRules } from "../../../functions/authorize/authorize.ts";

let rules: TokenRules;
let keys: GenerateKeyPairResult;
let stranger: GenerateKeyPairResult;
let publicText: Uint8Array;

beforeAll(async () => {
  keys = await generateKeyPair("ES256", { extractable: true });
  stranger = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "ES256" };
  publicText = new TextEncoder().encode(JSON.stringify(jwk));
  rules = { issuer: "https://issuer.test", audience: "a2a", keys: createLocalJWKSet({ keys: [jwk] }) };
});

const CLAIMS = { tenant: "acme", roles: ["operator"] };

const token = (claims: object = CLAIMS, more: { issuer?: string; audience?: string; expires?: number | string; sub?: string } = {}) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "k1" })
    .setIssuer(more.issuer ?? "https://issuer.test")
    .setAudience(more.audience ?? "a2a")
    .setSubject(more.sub ?? "ann")
    .setIssuedAt()
    .setExpirationTime(more.expires ?? "5m");

describe("identify", () => {
  it("reads who a valid token speaks for", async () => {
    const expires = 4_102_444_800;
    const given = await token(CLAIMS, { expires }).sign(keys.privateKey);
    expect(await identify(rules, given)).toEqual({ subject: "ann", tenant: "acme", roles: "operator", expires });
  });

  it.each([
    { claim: ["operator", "agent"], roles: "operator agent" },
    { claim: "operator agent", roles: "operator agent" },
    { claim: undefined, roles: "" },
    { claim: ["nobody admin", "operator"], roles: "operator" },
    { claim: ["x\tadmin", "y\u00a0admin"], roles: "" },
  ])("reads roles $claim as '$roles': one entry is one role, never two", async ({ claim, roles }) => {
    const identity = await identify(rules, await token({ tenant: "acme", roles: claim }).sign(keys.privateKey));
    expect(identity?.roles).toBe(roles);
  });

  it.each([
    { flaw: "another issuer", make: () => token(CLAIMS, { issuer: "https://evil.test" }).sign(keys.privateKey) },
    { flaw: "another audience", make: () => token(CLAIMS, { audience: "b2b" }).sign(keys.privateKey) },
    { flaw: "an expiry in the past", make: () => token(CLAIMS, { expires: Math.floor(Date.now() / 1000) - 60 }).sign(keys.privateKey) },
    { flaw: "another's signature", make: () => token().sign(stranger.privateKey) },
    { flaw: "no tenant", make: () => token({ roles: ["admin"] }).sign(keys.privateKey) },
    { flaw: "a tenant that would break out of its keys", make: () => token({ tenant: "acme#X" }).sign(keys.privateKey) },
    { flaw: "no subject", make: () => token(CLAIMS, { sub: "" }).sign(keys.privateKey) },
    { flaw: "roles that are no texts", make: () => token({ tenant: "acme", roles: [1] }).sign(keys.privateKey) },
    { flaw: "no signature at all (alg none)", make: async () => new UnsecuredJWT(CLAIMS).setIssuer("https://issuer.test").setAudience("a2a").setExpirationTime("5m").encode() },
    {
      flaw: "the public key used as HMAC secret (HS256 confusion)",
      make: () => new SignJWT(CLAIMS).setProtectedHeader({ alg: "HS256", kid: "k1" }).setIssuer("https://issuer.test").setAudience("a2a").setExpirationTime("5m").sign(publicText),
    },
    { flaw: "a key the issuer does not have", make: () => new SignJWT(CLAIMS).setProtectedHeader({ alg: "ES256", kid: "k9" }).setIssuer("https://issuer.test").setAudience("a2a").setExpirationTime("5m").sign(keys.privateKey) },
    { flaw: "no expiry", make: () => new SignJWT(CLAIMS).setProtectedHeader({ alg: "ES256", kid: "k1" }).setIssuer("https://issuer.test").setAudience("a2a").setSubject("ann").sign(keys.privateKey) },
    { flaw: "a text that is no token", make: async () => "a.b.c" },
    { flaw: "an empty text", make: async () => "" },
  ])("refuses $flaw", async ({ make }) => {
    expect(await identify(rules, await make())).toBeUndefined();
  });

  it("does not call a token invalid because the issuer's keys cannot be fetched", async () => {
    const broken = { ...rules, keys: () => Promise.reject(new TypeError("fetch failed")) };
    await expect(identify(broken, await token().sign(keys.privateKey))).rejects.toThrow("fetch failed");
  });
});
