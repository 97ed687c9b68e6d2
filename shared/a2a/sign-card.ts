import { LRUCache } from "lru-cache";
import * as z from "zod";
import { PublicKey } from "../core/public-key.ts";

/** Signs a card: what is given comes back with `signatures`. */
export type CardSigner = (card: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;

/** A private JSON Web Key, which also says its name and how it signs. */
const SigningKey = PublicKey.extend({
  kty: z.enum(["EC", "RSA", "OKP"]),
  kid: z.string().min(1),
  alg: z.string().regex(/^((ES|RS|PS)(256|384|512)|EdDSA|Ed25519)$/),
  d: z.string(),
  p: z.string().exactOptional(),
  q: z.string().exactOptional(),
  dp: z.string().exactOptional(),
  dq: z.string().exactOptional(),
  qi: z.string().exactOptional(),
});

const Signed = z.object({ signatures: z.array(z.object({ protected: z.string(), signature: z.string() })) });

/** Cards that stay signed in memory: the public ones, and those of some tenants. */
const KEPT = 100;

/**
 * Makes a signer of cards (specification of A2A 1.0, §8.4): JWS over the canonical form of what 1.0 knows of the card.
 * `readKey` gives the key as JSON; the same card is signed once as long as the key is the same.
 *
 * The signer throws a `ZodError` for a key that cannot sign, without its content.
 */
export function cardSigner(readKey: () => Promise<unknown>): CardSigner {
  const kept = new LRUCache<string, Readonly<Record<string, unknown>>>({ max: KEPT });
  return async (card) => {
    const key = SigningKey.parse(await readKey());
    const name = JSON.stringify([key.kid, key.d, card]);
    const known = kept.get(name);
    if (known !== undefined) return known;
    const { AgentCard, generateAgentCardSignature } = await import("@a2a-js/sdk");
    const sign = generateAgentCardSignature(key, { alg: key.alg, kid: key.kid, typ: "JOSE" });
    const { signatures } = Signed.parse(AgentCard.toJSON(await sign(AgentCard.fromJSON(card))));
    const signed = { ...card, signatures };
    kept.set(name, signed);
    return signed;
  };
}
