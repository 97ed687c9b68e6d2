import { SigningKey, computeAddress } from "ethers";
import { hexOf } from "../hex.ts";
import type { Hex } from "../artefact.ts";

/** Who signs transactions. */
export interface Signer {
  readonly address: string;
  /** Signs a hash of 32 bytes: `r`, `s` and `v`, 65 bytes. Signing twice may give two signatures. */
  sign(digest: string): Promise<Hex>;
}

/** Signs with a key at hand. */
export function keySigner(privateKey: string): Signer {
  const key = new SigningKey(privateKey);
  return { address: computeAddress(key), sign: (digest) => Promise.resolve(hexOf(key.sign(digest).serialized)) };
}
