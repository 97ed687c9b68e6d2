import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { flawOfCertificates, isHandshakeRefusal, tlsName, tlsRemedy } from "../../../shared/a2a/peer-tls.ts";

const pem = readFileSync(path.join(import.meta.dirname, "../../fixtures/tls/authority.pem"), "utf8");
const client = { certificate: "c", key: "k" };

describe("what is to be done about an error of TLS", () => {
  it.each([
    { code: "SELF_SIGNED_CERT_IN_CHAIN", tls: {}, says: "pin its own in tls.ca" },
    { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", tls: { ca: pem }, says: "pin the authority that signs it now" },
    { code: "CERT_HAS_EXPIRED", tls: {}, says: "it has to renew its certificate" },
    { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", tls: {}, says: "give its card in card" },
    { code: "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", tls: {}, says: "it asks for a client certificate" },
    { code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", tls: { client }, says: "have its authority sign that one" },
    { code: "ECONNRESET", tls: { client }, says: "perhaps it does not take" },
  ])("is said of $code", ({ code, tls, says }) => {
    expect(tlsRemedy(code, tls)).toContain(says);
  });

  it.each(["ECONNRESET", "ECONNREFUSED", "ENOTFOUND", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "ERR_SSL_WRONG_VERSION_NUMBER"])("is nothing for %s", (code) => {
    expect(tlsRemedy(code)).toBeUndefined();
    expect(isHandshakeRefusal(code)).toBe(false);
  });
});

it.each([
  { what: "one certificate", text: pem, flaw: undefined },
  { what: "two, with words around them", text: `ours\n${pem}\ntheirs\n${pem}`, flaw: undefined },
  { what: "a key", text: "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----", flaw: "has no certificate in it; give PEM, with '-----BEGIN CERTIFICATE-----'" },
  { what: "a second one that is torn", text: `${pem}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----`, flaw: "has a certificate that does not parse: number 2 of 2" },
])("a list of certificates: $what", ({ text, flaw }) => {
  expect(flawOfCertificates(text)).toBe(flaw);
});

it("agreements with a peer are told apart by authority and certificate", () => {
  const names = [{}, { ca: "a" }, { ca: "b" }, { client }, { ca: "a", client }, { ca: "a", client: { ...client, certificate: "d" } }].map(tlsName);
  expect(new Set(names).size).toBe(6);
  expect(tlsName(undefined)).toBe("");
});
