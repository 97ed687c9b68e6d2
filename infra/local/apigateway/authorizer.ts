import * as z from "zod";
import { tryParseJson } from "../json.ts";
import type { LambdaService } from "../lambda/lambda-service.ts";
import type { ProxyEvent } from "./proxy-event.ts";
import type { Authorizer } from "./rest-api.ts";

const strings = z.union([z.string(), z.array(z.string())]).transform((each) => [each].flat());
const Decision = z.object({
  principalId: z.coerce.string(),
  policyDocument: z.object({
    Statement: z
      .union([z.array(z.unknown()), z.unknown().transform((each) => [each])])
      .pipe(z.array(z.object({ Effect: z.enum(["Allow", "Deny"]), Action: strings, Resource: strings }))),
  }),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
});
type Decision = z.infer<typeof Decision>;

/** Who the caller is, or why the gateway refuses. */
export type Authorization =
  | { readonly authorizer: Readonly<Record<string, string | number | boolean | null>> }
  | { readonly refusal: "UNAUTHORIZED" | "ACCESS_DENIED" | "AUTHORIZER_FAILURE" | "AUTHORIZER_CONFIGURATION_ERROR" };

/** What of a request authorizers are asked about; `REQUEST` authorizers see all of it. */
export type AskedEvent = Pick<ProxyEvent, "headers" | "queryStringParameters" | "stageVariables">;

const MAX_CACHED = 10_000;

/** Asks Lambda authorizers, and remembers what they said. */
export class AuthorizerService {
  readonly #lambda: LambdaService;
  readonly #cache = new Map<string, { readonly decision: Decision; readonly expiresAt: number }>();

  constructor(lambda: LambdaService) {
    this.#lambda = lambda;
  }

  async authorize(authorizer: Authorizer, event: AskedEvent, methodArn: string): Promise<Authorization> {
    const identity = authorizer.identitySources.map((source) => readIdentity(source, event));
    const isIncomplete = identity.some((value) => value === undefined || value === "");
    if (isIncomplete && (authorizer.type === "TOKEN" || authorizer.ttlMs > 0)) return { refusal: "UNAUTHORIZED" };
    const expression = authorizer.validationExpression;
    if (expression !== undefined && !new RegExp(`^(?:${expression})$`).test(identity[0] ?? ""))
      return { refusal: "UNAUTHORIZED" };
    const key = JSON.stringify([authorizer.id, ...identity]);
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.expiresAt > Date.now()) return judge(cached.decision, methodArn);
    const input =
      authorizer.type === "TOKEN"
        ? { type: "TOKEN", methodArn, authorizationToken: identity[0] }
        : { type: "REQUEST", methodArn, ...event };
    const decision = await this.#ask(authorizer, JSON.stringify(input));
    if ("refusal" in decision) return decision;
    if (authorizer.ttlMs > 0 && identity.length > 0) this.#remember(key, decision, authorizer.ttlMs);
    return judge(decision, methodArn);
  }

  async #ask(
    authorizer: Authorizer,
    payload: string,
  ): Promise<Decision | Exclude<Authorization, { authorizer: unknown }>> {
    const outcome = await this.#lambda.invoke(authorizer.functionArn, payload);
    const reply = tryParseJson(outcome.payload);
    if (outcome.functionError !== undefined) {
      const isRefused = z.object({ errorMessage: z.literal("Unauthorized") }).safeParse(reply).success;
      return { refusal: isRefused ? "UNAUTHORIZED" : "AUTHORIZER_FAILURE" };
    }
    const decision = Decision.safeParse(reply);
    return decision.success ? decision.data : { refusal: "AUTHORIZER_CONFIGURATION_ERROR" };
  }

  #remember(key: string, decision: Decision, ttlMs: number): void {
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, { decision, expiresAt: Date.now() + ttlMs });
  }
}

function readIdentity(source: string, event: AskedEvent): string | undefined {
  const [, kind, name = ""] =
    /^(?:method\.request\.(header|querystring)|stageVariables|context)\.(.+)$/.exec(source) ?? [];
  if (kind === "querystring") return event.queryStringParameters?.[name];
  if (kind !== "header") return source.startsWith("context.") ? "" : event.stageVariables?.[name];
  const lower = name.toLowerCase();
  return Object.entries(event.headers).find(([each]) => each.toLowerCase() === lower)?.[1];
}

function judge({ principalId, policyDocument, context }: Decision, methodArn: string): Authorization {
  const applying = policyDocument.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((each) => matches(each, "execute-api:Invoke")) && Resource.some((each) => matches(each, methodArn)),
  );
  const isAllowed =
    applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
  return isAllowed ? { authorizer: { ...context, principalId, integrationLatency: 0 } } : { refusal: "ACCESS_DENIED" };
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(text);
}
