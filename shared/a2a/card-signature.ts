import type { JWK } from "jose";
import * as z from "zod";

import type { PublicKey } from "../core/public-key.ts";
import { InvalidAgentCardError } from "./errors.ts";

/** What a card's signatures prove. `unverified`: signed, but no key of the signer is known to us. */
export type CardSignature = "unsigned" | "valid" | "invalid" | "unverified";

/** Finds the public key of a signer; `undefined` when it is not known or not trusted. */
export type FindCardKey = (kid: string, keySetUrl: string | undefined) => Promise<JWK | undefined>;

const SignedCard = z.looseObject({
  signatures: z.array(z.object({ protected: z.string(), signature: z.string() })).nullish(),
  supportedInterfaces: z.array(z.unknown()).nullish(),
});

/**
 * Verifies a 1.x card: one good signature is enough; a known key with a bad signature makes the card `invalid`.
 *
 * Covers what the 1.0 schema knows: fields outside it are not signed. Signed cards of 0.3 are `unverified`: the SDK has
 * only the canonical form of 1.0. The SDK (64 KB) and jose (17 KB) are loaded for the first signed card only.
 */
export async function verifyCard(raw: unknown, findKey: FindCardKey): Promise<CardSignature> {
  const signed = SignedCard.safeParse(raw);
  if (!signed.success || !signed.data.signatures?.length) return "unsigned";
  if (!signed.data.supportedInterfaces?.length) return "unverified";
  const [{ AgentCard, canonicalizeAgentCard }, { base64url }] = await Promise.all([import("@a2a-js/sdk"), import("jose")]);
  const payload = base64url.encode(canonicalizeAgentCard(AgentCard.fromJSON(signed.data)));
  let worst: CardSignature = "unverified";
  for (const signature of signed.data.signatures) {
    const verdict = await verifyOne({ ...signature, payload }, findKey);
    if (verdict === "valid") return "valid";
    if (verdict === "invalid") worst = "invalid";
  }
  return worst;
}

/**
 * What of a card one of `keys` has signed: the fields of the 1.0 schema, and nothing that was added beside them.
 *
 * @throws {InvalidAgentCardError} it has no signature by one of them, or one that is not its content's.
 */
export async function signedContent(url: string, raw: unknown, keys: readonly PublicKey[]): Promise<unknown> {
  const refuse = (reason: string): never => {
    throw new InvalidAgentCardError(url, reason);
  };
  const signed = SignedCard.safeParse(raw).data;
  if (!signed?.signatures?.length) return refuse("it is not signed, and card_signature of its registration asks for a signature");
  if (!signed.supportedInterfaces?.length) return refuse("only cards of A2A 1.0 can be verified, and it names no supportedInterfaces");
  const [{ AgentCard, canonicalizeAgentCard }, { base64url }] = await Promise.all([import("@a2a-js/sdk"), import("jose")]);
  const content = AgentCard.fromJSON(signed);
  const payload = base64url.encode(canonicalizeAgentCard(content));
  const named = new Set<string>();
  let isKnown = false;
  for (const signature of signed.signatures) {
    const { kid = "" } = await headerOf(signature);
    named.add(kid);
    for (const key of keys.filter((one) => one.kid === undefined || one.kid === kid)) {
      isKnown = true;
      if ((await verifyOne({ ...signature, payload }, async () => key)) === "valid") return AgentCard.toJSON(content);
    }
  }
  if (isKnown) return refuse("its signature does not match its content, or was made with another key than card_signature has");
  const list = (names: Iterable<string>): string => [...names].map((name) => `'${name.slice(0, 100)}'`).join(", ") || "none";
  return refuse(`it is signed with the keys ${list(named)}, and card_signature has ${list(keys.map(({ kid = "" }) => kid))}`);
}

async function headerOf(signature: { readonly protected: string }): Promise<{ readonly kid?: string }> {
  const { decodeProtectedHeader } = await import("jose");
  try {
    const { kid } = decodeProtectedHeader(signature);
    return typeof kid === "string" ? { kid } : {};
  } catch (error) {
    if (error instanceof TypeError) return {};
    throw error;
  }
}

interface DetachedSignature {
  readonly protected: string;
  readonly signature: string;
  readonly payload: string;
}

async function verifyOne(signature: DetachedSignature, findKey: FindCardKey): Promise<CardSignature> {
  const { decodeProtectedHeader, errors, flattenedVerify, importJWK } = await import("jose");
  try {
    const { kid, jku, alg } = decodeProtectedHeader(signature);
    if (kid === undefined || alg === undefined) return "invalid";
    const key = await findKey(kid, jku);
    if (key === undefined) return "unverified";
    await flattenedVerify(signature, await importJWK(key, alg));
    return "valid";
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return "invalid";
    throw error;
  }
}
