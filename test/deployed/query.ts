import type { AwsPlace } from "../contract/aws/clients.ts";

/** An emulator, and a key; that of its root needs no signature there. */
export type EmulatorPlace = Pick<AwsPlace, "region"> & {
  readonly endpoint: string;
  readonly credentials: NonNullable<AwsPlace["credentials"]>;
};

const VERSIONS = { cloudformation: "2010-05-15", iam: "2010-05-08", sts: "2011-06-15" } as const;

/**
 * Asks a service of an emulator that speaks AWS's query protocol; we carry no clients of these.
 *
 * @returns the XML of its answer, whatever it says.
 */
export async function query(
  { endpoint, region, credentials }: EmulatorPlace,
  service: keyof typeof VERSIONS,
  parameters: Readonly<Record<string, string>> & { readonly Action: string },
): Promise<string> {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const scope = `${credentials.accessKeyId}/${day}/${region}/${service}/aws4_request`;
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ ...parameters, Version: VERSIONS[service] }),
  });
  return reply.text();
}

/** The texts of an element, in order. */
export const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, content = ""]) => content);
