import { createHmac } from "node:crypto";

/** Bytes of a signing secret, at least and at most. */
const SECRET_BYTES = { least: 24, most: 64 };

/** What a signature is made over. */
export interface SignedPush {
  /** As the caller gave it: `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
  /** The same for every try of one push. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** Whether a push configuration asks for signatures instead of an `Authorization` header. */
export const asksForSignature = (scheme: string | undefined): boolean => scheme?.toUpperCase() === "HMAC";

/** The key in a secret; `undefined` when it is none. */
export function signingKeyOf(secret: string | undefined): Buffer | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret ?? "") ?? [];
  if (base64 === undefined || base64.length % 4 !== 0) return undefined;
  const key = Buffer.from(base64, "base64");
  return key.length >= SECRET_BYTES.least && key.length <= SECRET_BYTES.most ? key : undefined;
}

/**
 * Headers by which a receiver knows that a push is ours, whole, and of now.
 *
 * @returns nothing when the secret is none.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders({ secret, id, at, body }: SignedPush): Record<string, string> | undefined {
  const key = signingKeyOf(secret);
  if (key === undefined) return undefined;
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
