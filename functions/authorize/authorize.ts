import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import { TenantId } from "../../shared/core/ids.ts";

/** What tokens must look like here. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
}

/** What we read from a verified token; roles are a list or a space-separated text. */
const Claims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  tenant: TenantId,
  roles: z
    .union([z.array(z.string()), z.string()])
    .default([])
    // They travel on as one text: an entry with a space in it would become two roles.
    .transform((roles) => (typeof roles === "string" ? roles : roles.filter((role) => !/\s/.test(role)).join(" "))),
});

/** Who a token speaks for. */
export interface Identity {
  readonly subject: string;
  readonly tenant: string;
  readonly roles: string;
  /** Epoch seconds. */
  readonly expires: number;
}

/**
 * Verifies signature, issuer, audience and expiry. Keys rotate with the issuer's key set.
 *
 * @returns nothing when the token is not valid here; why is for our logs, not for the caller.
 */
export async function identify(rules: TokenRules, token: string): Promise<Identity | undefined> {
  try {
    const { issuer, audience } = rules;
    const { payload } = await jwtVerify(token, rules.keys, {
      issuer,
      audience,
      requiredClaims: ["exp"],
      algorithms: ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
      clockTolerance: 5,
    });
    const claims = Claims.safeParse(payload);
    return claims.success ? { subject: claims.data.sub, tenant: claims.data.tenant, roles: claims.data.roles, expires: claims.data.exp } : undefined;
  } catch (error) {
    if (TOKEN_FAULTS.some((fault) => error instanceof fault)) return undefined;
    throw error;
  }
}

/** Everything else (no answer from the issuer, a malformed key set) is no fault of the caller's token. */
const TOKEN_FAULTS = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
];

/** The issuer's key set, fetched when a new key appears and kept otherwise. */
export const remoteKeys = (url: string): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), { cacheMaxAge: 600_000, cooldownDuration: 10_000 });
