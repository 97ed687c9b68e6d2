import * as z from "zod";

const hosts = z.array(z.string()).exactOptional();

const OneSecret = z.discriminatedUnion("scheme", [
  z.object({ scheme: z.literal("bearer"), token: z.string().min(1), hosts }),
  z.object({ scheme: z.literal("basic"), username: z.string(), password: z.string(), hosts }),
  z.object({
    scheme: z.literal("apiKey"),
    in: z.enum(["header", "query", "cookie"]),
    name: z.string().min(1),
    value: z.string().min(1),
    hosts,
  }),
  z
    .object({ scheme: z.literal("mtls"), certificate: z.string().min(1), private_key: z.string().min(1), hosts })
    .transform(({ private_key: privateKey, ...rest }) => ({ ...rest, privateKey })),
  z
    .object({
      scheme: z.literal("oauth2_client_credentials"),
      token_url: z.url(),
      client_id: z.string(),
      client_secret: z.string(),
      scopes: z.array(z.string()).default([]),
      hosts,
    })
    .transform(({ token_url: tokenUrl, client_id: clientId, client_secret: clientSecret, scopes, hosts: at }) => ({
      scheme: "oauth2ClientCredentials" as const,
      tokenUrl,
      clientId,
      clientSecret,
      scopes,
      ...(at === undefined ? {} : { hosts: at }),
    })),
]);

/** Content of the secret that an agent's `credential_secret_arn` names: one credential or several. */
export const AgentSecret = z.union([OneSecret.transform((one) => [one]), z.array(OneSecret)]);
