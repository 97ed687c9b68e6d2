import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, APIGatewayTokenAuthorizerEvent } from "aws-lambda";
import * as z from "zod";
import { readEnv } from "../../shared/core/config.ts";
import { type Identity, identify, remoteKeys } from "./authorize.ts";
import { maskLogged } from "../../shared/privacy/mask-logged.ts";

const logger = new Logger({ serviceName: "authorize", jsonReplacerFn: maskLogged });
const env = readEnv({ JWT_ISSUER: z.string().min(1), JWT_AUDIENCE: z.string().min(1), JWKS_URL: z.url() });
const rules = { issuer: env.JWT_ISSUER, audience: env.JWT_AUDIENCE, keys: remoteKeys(env.JWKS_URL) };

/** API Gateway authorizer: a valid token may call the API, or open a WebSocket; its roles decide there what it may do. */
export const handler = middy<AuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const token = tokenIn(event);
    const identity = token === undefined ? undefined : await identify(rules, token);
    // The exact word makes API Gateway answer 401.
    if (identity === undefined) throw new Error("Unauthorized");
    return allow(event.methodArn, event.type === "TOKEN" ? identity : { ...identity, asked: askedIn(event) });
  });

type AuthorizerEvent = APIGatewayTokenAuthorizerEvent | APIGatewayRequestAuthorizerEvent;

/** Browsers cannot give a WebSocket's request a header, so there a token may stand in the query. */
function tokenIn(event: AuthorizerEvent): string | undefined {
  if (event.type === "TOKEN") return bearer(event.authorizationToken);
  const [, header] = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === "authorization") ?? [];
  return header === undefined ? event.queryStringParameters?.["token"] : bearer(header);
}

const bearer = (header: string): string | undefined => /^Bearer\s+(\S+)$/i.exec(header)?.[1];

/** What a WebSocket's request asks for: the query is not told again when the connection ends. */
function askedIn({ queryStringParameters }: APIGatewayRequestAuthorizerEvent): string {
  const { token: _token, ...asked } = queryStringParameters ?? {};
  const given = Object.entries(asked).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams(given).toString();
}

/** Cached per token, so the policy covers the whole stage rather than the one method asked for. */
function allow(methodArn: string, identity: Identity & { readonly asked?: string }): APIGatewayAuthorizerResult {
  const [api, stage] = methodArn.split("/");
  return {
    principalId: identity.subject,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: `${api}/${stage}/*` }],
    },
    context: { ...identity },
  };
}
