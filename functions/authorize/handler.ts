import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from "aws-lambda";
import * as z from "zod";
import { readEnv } from "../../shared/core/config.ts";
import { identify, remoteKeys } from "./authorize.ts";

const logger = new Logger({ serviceName: "authorize" });
const env = readEnv({ JWT_ISSUER: z.string().min(1), JWT_AUDIENCE: z.string().min(1), JWKS_URL: z.url() });
const rules = { issuer: env.JWT_ISSUER, audience: env.JWT_AUDIENCE, keys: remoteKeys(env.JWKS_URL) };

/** API Gateway token authorizer: a valid token may call the API, its roles decide there what it may do. */
export const handler = middy<APIGatewayTokenAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(injectLambdaContext(logger))
  .handler(async ({ authorizationToken, methodArn }) => {
    const [, token] = /^Bearer\s+(\S+)$/i.exec(authorizationToken) ?? [];
    const identity = token === undefined ? undefined : await identify(rules, token);
    // The exact word makes API Gateway answer 401.
    if (identity === undefined) throw new Error("Unauthorized");
    return allow(methodArn, identity);
  });

/** Cached per token, so the policy covers the whole stage rather than the one method asked for. */
function allow(methodArn: string, identity: { subject: string; tenant: string; roles: string }): APIGatewayAuthorizerResult {
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
