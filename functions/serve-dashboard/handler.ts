import type { APIGatewayProxyEvent } from "aws-lambda";
import { fileURLToPath } from "node:url";
import { loadPage } from "./page-files.ts";
import { servePage } from "./serve-page.ts";

const page = loadPage(fileURLToPath(new URL("page", import.meta.url)));

/** `GET /ui/…`: the page. Streamed, because only streams carry bytes as they are; it knows no tenant and no secret. */
export const handler = awslambda.streamifyResponse<APIGatewayProxyEvent>(async (event, stream) => {
  const { path, headers, requestContext } = event;
  const header = (wanted: string): string => Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
  const { body, ...head } = servePage(page, {
    path,
    basePath: requestContext.path.slice(0, Math.max(0, requestContext.path.length - path.length)),
    acceptEncoding: header("accept-encoding"),
    ifNoneMatch: header("if-none-match"),
  });
  awslambda.HttpResponseStream.from(stream, head).end(body);
});
