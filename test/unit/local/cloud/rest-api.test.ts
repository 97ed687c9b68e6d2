import { describe, expect, it } from "vitest";
import type { GatewayResponse } from "../../../../infra/local/apigateway/gateway-response.ts";
import { refusalResponse } from "../../../../infra/local/apigateway/gateway-response.ts";
import { RestApi } from "../../../../infra/local/apigateway/rest-api.ts";

function apiWith(routes: readonly string[]): RestApi {
  const api = new RestApi({ id: "a", name: "a", binaryMediaTypes: [] });
  for (const route of routes) {
    const [verb = "", resourcePath = ""] = route.split(" ");
    const integration = { type: "mock", statusCode: 200, headers: {} } as const;
    api.addMethod(verb, { resourceId: route, resourcePath, authorizer: undefined, integration });
  }
  return api;
}

describe("RestApi.match", () => {
  const api = apiWith([
    "GET /",
    "GET /items",
    "GET /items/{id}",
    "GET /items/new",
    "ANY /items/{id}/parts",
    "GET /items/{id}/parts/{part}",
    "ANY /files/{proxy+}",
    "POST /items/{id}/{rest+}",
  ]);
  it.each([
    ["GET", "/", "GET /", null],
    ["GET", "/items", "GET /items", null],
    ["GET", "/items/", "GET /items", null],
    ["GET", "/items/new", "GET /items/new", null],
    ["GET", "/items/42", "GET /items/{id}", { id: "42" }],
    ["DELETE", "/items/42/parts", "ANY /items/{id}/parts", { id: "42" }],
    ["GET", "/items/a%20b/parts/c", "GET /items/{id}/parts/{part}", { id: "a%20b", part: "c" }],
    ["POST", "/items/new/x/y", "POST /items/{id}/{rest+}", { id: "new", rest: "x/y" }],
    ["PUT", "/files/a/b/c", "ANY /files/{proxy+}", { proxy: "a/b/c" }],
  ])("%s %s goes to %s", (verb, path, route, pathParameters) => {
    const match = api.match(verb, path);
    expect([match?.method.resourceId, match?.pathParameters]).toEqual([route, pathParameters]);
  });

  it.each([
    ["POST", "/items"],
    ["GET", "/files"],
    ["GET", "/nowhere"],
    ["GET", "/items/1/parts/2/3"],
  ])("knows no method for %s %s", (verb, path) => expect(api.match(verb, path)).toBeUndefined());
});

describe("refusalResponse", () => {
  it("fills the template of the type, else that of its class, else answers as AWS does", () => {
    const own = {
      statusCode: 418,
      headers: { "x-a": "b" },
      template: '{"m":$context.error.messageString,"id":"$context.requestId"}',
    };
    const any = { statusCode: undefined, headers: {}, template: '"4xx"' };
    const responses = new Map<string, GatewayResponse>([
      ["UNAUTHORIZED", own],
      ["DEFAULT_4XX", any],
    ]);
    expect(refusalResponse(responses, "UNAUTHORIZED", "r1")).toMatchObject({
      statusCode: 418,
      body: '{"m":"Unauthorized","id":"r1"}',
    });
    expect(refusalResponse(responses, "FORBIDDEN", "r1")).toMatchObject({ statusCode: 403, body: '"4xx"' });
    expect(refusalResponse(responses, "INTEGRATION_TIMEOUT", "r1")).toMatchObject({
      statusCode: 504,
      body: '{"message":"Endpoint request timed out"}',
    });
  });
});
