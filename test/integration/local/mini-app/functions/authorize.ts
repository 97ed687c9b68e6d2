import type { APIGatewayTokenAuthorizerEvent } from "aws-lambda";

/** Lets `Bearer good` in, denies `Bearer bad`, does not know anybody else. */
export async function handler({ authorizationToken, methodArn }: APIGatewayTokenAuthorizerEvent): Promise<object> {
  if (!["Bearer good", "Bearer bad"].includes(authorizationToken)) throw new Error("Unauthorized");
  const Effect = authorizationToken === "Bearer good" ? "Allow" : "Deny";
  const Statement = [{ Effect, Action: "execute-api:Invoke", Resource: `${methodArn.split("/")[0] ?? ""}/*` }];
  return { principalId: "u1", policyDocument: { Version: "2012-10-17", Statement }, context: { user: "ada" } };
}
