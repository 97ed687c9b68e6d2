import { resolve } from "node:path";
import type { Connection } from "../../cli/client/api-client.ts";
import type { Paint } from "../../cli/view/paint.ts";

/** A running system, as its user needs to know it. */
export interface SystemAddress {
  readonly connection: Connection;
  readonly awsEndpoint: string;
  readonly socketUrl: string;
  readonly stateDir: string;
}

/** What to do with a running system: addresses, a request to paste, commands. */
export function summaryLines({ connection, awsEndpoint, socketUrl, stateDir }: SystemAddress, paint: Paint): string[] {
  const { url, token } = connection;
  // The command looks for the connection in .local only.
  const isUsualPlace = stateDir === resolve(".local");
  return [
    // The token stands behind the '#', which browsers never send.
    `${paint("bold", "Page")}       ${url}/ui/#token=${token}`,
    "",
    `${paint("bold", "API")}        ${url}`,
    `${paint("bold", "OpenAPI")}    ${url}/openapi.json`,
    `${paint("bold", "WebSocket")}  ${socketUrl}?execution_id=…&token=…`,
    `${paint("bold", "AWS")}        ${awsEndpoint} (any AWS SDK or CLI with --endpoint-url)`,
    "",
    paint("bold", "Try"),
    ...(isUsualPlace ? [] : [`  export A2A_URL=${url} A2A_TOKEN=${token}`]),
    "  npx a2a executions",
    "  npx a2a run statemachines/definitions/financial-pipeline.workflow.yaml --watch",
    "  npx a2a agents",
    `  curl -H "Authorization: Bearer ${token}" ${url}/api/v1/workflows`,
  ];
}
