import { createHash, X509Certificate } from "node:crypto";
import type * as https from "node:https";

/** What of TLS is agreed with a peer. Its certificate and its name in it are checked in any case. */
export interface PeerTls {
  /** Certificates in PEM: the peer's must be signed by one of these. @default - those that Node trusts */
  readonly ca?: string | undefined;
  /** Presented to a peer that asks for one. Certificate and key in PEM. */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
}

/** Options of a TLS connection. Connections are pooled by these, so none is used under what another peer agreed. */
export const tlsOptions = ({ ca, client }: PeerTls = {}): https.RequestOptions => ({
  rejectUnauthorized: true,
  minVersion: "TLSv1.2",
  ...(ca === undefined ? {} : { ca }),
  ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
});

/** Tells apart what was heard under different agreements; empty where there is none. */
export function tlsName({ ca, client }: PeerTls = {}): string {
  if (ca === undefined && client === undefined) return "";
  return createHash("sha256").update(JSON.stringify([ca, client?.certificate])).digest("base64url");
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Why a text is no list of certificates in PEM; nothing when it is one. */
export function flawOfCertificates(pem: string): string | undefined {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) return "has no certificate in it; give PEM, with '-----BEGIN CERTIFICATE-----'";
  const bad = found.findIndex((one) => !isCertificate(one));
  return bad === -1 ? undefined : `has a certificate that does not parse: number ${bad + 1} of ${found.length}`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== "";
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** The peer's certificate leads to no authority that is trusted. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
]);
const ALERT = /^ERR_SSL_.*ALERT_(.+)$/;
/** Alerts by which a peer says that our certificate, or that there is none, is why it does not talk to us. */
const OURS = /CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA|ACCESS_DENIED/;

/** Whether an error says that the peer ended the handshake: it has not looked at the request, if that was sent along. */
export const isHandshakeRefusal = (code: string): boolean => OURS.test(ALERT.exec(code)?.[1] ?? "");

/** What to do about an error of TLS; nothing when it is none. */
export function tlsRemedy(code: string, tls: PeerTls = {}): string | undefined {
  if (UNTRUSTED.has(code)) {
    return tls.ca === undefined
      ? "no public authority signed its certificate: pin its own in tls.ca of its registration"
      : "its certificate is not signed as tls.ca of its registration says: pin the authority that signs it now";
  }
  if (code === "CERT_HAS_EXPIRED") return "it has to renew its certificate";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "register it by a name that its certificate has";
  // Some servers look at the certificate only once the connection stands, and then hang up.
  if (code === "ECONNRESET" && tls.client !== undefined) return "perhaps it does not take the client certificate of its secret";
  if (!isHandshakeRefusal(code)) return undefined;
  return tls.client === undefined
    ? 'it asks for a client certificate: keep one in its secret, as {"scheme": "mtls", "certificate": …, "private_key": …}; registering shows none, so give its card in card'
    : "it does not take the client certificate of its secret: have its authority sign that one";
}
