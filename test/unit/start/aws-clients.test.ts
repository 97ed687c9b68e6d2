import { describe, expect, it } from "vitest";
import { clientName, clientsSource, useOfClients } from "../../../infra/bundle/aws-clients.ts";

const from = 'from"./aws-clients.mjs"';

describe("what a bundle takes from the clients of AWS", () => {
  it.each([
    { what: "all of it", list: "a__A as x,a__B as y", code: "x();y()", names: ["a__A", "a__B"] },
    { what: "some of it", list: "a__A as x,a__B as y", code: "y()", names: ["a__B"] },
    { what: "nothing", list: "a__A as x", code: "xx();x$()", names: [] },
    { what: "names full of dollars", list: "a__A as $,a__B as $$,a__C as $a", code: "$$();$a($)", names: ["a__A", "a__B", "a__C"] },
  ])("is known when it uses $what", ({ list, code, names }) => {
    const bundle = `import{${list}}${from};${code}`;
    const use = useOfClients(bundle);
    expect(use.names).toEqual(names);
    expect(use.bundle).toHaveLength(bundle.length);
    expect(use.bundle.endsWith(`}${from};${code}`)).toBe(true);
    const kept = list.split(",").filter((part) => names.includes(part.split(" ")[0] ?? ""));
    const left = use.bundle.slice("import{".length, use.bundle.indexOf("}")).split(",").map((part) => part.trim());
    expect(left.filter((part) => part !== "")).toEqual(kept);
  });

  it("leaves other imports as they are", () => {
    const bundle = 'import{x}from"./jose.mjs";import y from"node:fs"';
    expect(useOfClients(bundle)).toEqual({ bundle, names: [] });
  });

  it.each([
    ["sqs$SQSClient", 'export { SQSClient as sqs$SQSClient } from "@aws-sdk/client-sqs";'],
    ["secrets_manager$A", 'export { A as secrets_manager$A } from "@aws-sdk/client-secrets-manager";'],
    ["_lib_dynamodb$GetCommand", 'export { GetCommand as _lib_dynamodb$GetCommand } from "@aws-sdk/lib-dynamodb";'],
  ])("comes from the package that %s names", (name, source) => {
    const from = /from "(.*)"/.exec(source)?.[1] ?? "";
    expect(clientName(from, name.split("$")[1] ?? "")).toBe(name);
    expect(clientsSource([name]).split("\n")).toEqual(['import "@aws/lambda-invoke-store";', source]);
  });
});
