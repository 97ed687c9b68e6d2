import * as z from "zod";

const field = z.string().max(4096).exactOptional();

/** Only the public half of a key: a private field in a key set is dropped. */
export const PublicKey = z.object({
  kty: z.string(),
  kid: field,
  alg: field,
  crv: field,
  x: field,
  y: field,
  n: field,
  e: field,
});
export type PublicKey = z.infer<typeof PublicKey>;

/** A JSON Web Key Set. */
export const KeySet = z.object({ keys: z.array(PublicKey) });

/** Whose signature a card must have: a key, or any of a key set. */
export type CardTrust = { readonly key: PublicKey } | { readonly jwksUrl: string };
