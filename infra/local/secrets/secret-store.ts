import { createHash, randomInt, randomUUID } from "node:crypto";
import * as z from "zod";
import type { Records } from "../state/records.ts";
import { AwsError } from "../wire/aws-error.ts";

const Secret = z.object({
  arn: z.string(),
  name: z.string(),
  value: z.string(),
  versionId: z.string(),
  createdAt: z.number(),
});
type Secret = z.infer<typeof Secret>;

/** How to make up a secret. */
export const GenerateSecretString = z.object({
  PasswordLength: z.coerce.number().int().min(1).max(4096).default(32),
  ExcludeCharacters: z.string().default(""),
  ExcludePunctuation: z.coerce.boolean().default(false),
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
});

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** Secrets and parameters. A value that was generated once stays. */
export class SecretStore {
  readonly #records: Records;
  readonly #place: { readonly region: string; readonly accountId: string };
  readonly #parameters = new Map<string, string>();

  constructor(records: Records, place: { readonly region: string; readonly accountId: string }) {
    this.#records = records;
    this.#place = place;
  }

  /** @throws {AwsError} `ResourceNotFoundException` */
  secret(reference: string): Secret {
    const name = /:secret:(.+)-\w{6}$/.exec(reference)?.[1] ?? /:secret:(.+)$/.exec(reference)?.[1] ?? reference;
    const stored = this.#records.get("secret", name);
    if (stored !== undefined) return Secret.parse(JSON.parse(stored));
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  hasSecret(name: string): boolean {
    return this.#records.get("secret", name) !== undefined;
  }

  putSecret(name: string, value: string): Secret {
    const { region, accountId } = this.#place;
    const suffix = createHash("sha256").update(name).digest("hex").slice(0, 6);
    const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;
    const secret = { arn, name, value, versionId: randomUUID(), createdAt: Date.now() };
    this.#records.put("secret", name, JSON.stringify(secret));
    return secret;
  }

  /** @throws {AwsError} `ParameterNotFound` */
  parameter(name: string): string {
    const value = this.#records.get("parameter", name) ?? this.#parameters.get(name);
    if (value === undefined) throw new AwsError("ParameterNotFound", `no parameter ${name}`);
    return value;
  }

  declareParameter(name: string, value: string): void {
    this.#parameters.set(name, value);
  }

  putParameter(name: string, value: string): void {
    this.#records.put("parameter", name, value);
  }

  /** Fills `{{resolve:secretsmanager:…}}` and `{{resolve:ssm:…}}`. @throws {AwsError} there is no such value. */
  resolveReferences(text: string): string {
    if (!text.includes("{{resolve:")) return text;
    return text.replace(
      /\{\{resolve:(secretsmanager|ssm|ssm-secure):(.+?)\}\}/g,
      (_, service: string, reference: string) => {
        if (service !== "secretsmanager") return this.parameter(reference.split(":")[0] ?? reference);
        const [id = "", key] = reference.split(":SecretString:");
        const { value } = this.secret(id.replace(/:SecretString$/, ""));
        const field = key?.split(":")[0];
        if (field === undefined || field === "") return value;
        return z.record(z.string(), z.coerce.string()).parse(JSON.parse(value))[field] ?? "";
      },
    );
  }
}

/** Makes up a secret value. */
export function generateSecret(options: z.infer<typeof GenerateSecretString>): string {
  const characters = `${LETTERS}${options.ExcludePunctuation ? "" : PUNCTUATION}`.split("");
  const allowed = characters.filter((each) => !options.ExcludeCharacters.includes(each));
  const password = Array.from({ length: options.PasswordLength }, () => allowed[randomInt(allowed.length)]).join("");
  if (options.GenerateStringKey === undefined) return password;
  const template = z.record(z.string(), z.unknown()).parse(JSON.parse(options.SecretStringTemplate ?? "{}"));
  return JSON.stringify({ ...template, [options.GenerateStringKey]: password });
}
