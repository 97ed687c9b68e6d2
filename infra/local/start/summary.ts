import type { Connection } from "../../cli/client/api-client.ts";
import type { Paint } from "../../cli/view/paint.ts";

/** What to do with a running system: addresses, a request to paste, commands. */
export function summaryLines({ url, token }: Connection, awsEndpoint: string, paint: Paint): string[] {
  return [
    `${paint("bold", "API")}        ${url}`,
    `${paint("bold", "OpenAPI")}    ${url}/openapi.json`,
    `${paint("bold", "AWS")}        ${awsEndpoint} (any AWS SDK or CLI with --endpoint-url)`,
    "",
    paint("bold", "Try"),
    "  npx a2a executions",
    "  npx a2a run statemachines/definitions/financial-pipeline.workflow.yaml --watch",
    "  npx a2a agents",
    `  curl -H "Authorization: Bearer ${token}" ${url}/api/v1/workflows`,
  ];
}
