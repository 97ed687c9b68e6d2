import type { JWK } from "jose";
import * as z from "zod";

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
