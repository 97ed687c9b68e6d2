import { describe, expect, it } from "vitest";
import { clientExports, clientsSource, useOfClients } from "../../../infra/bundle/aws-clients.ts";

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

  it("is exported under short names that stand for what sources import", () => {
    const exported = clientExports();
    const [short = ""] = [...exported].find(([, { name }]) => name === "SQSClient") ?? [];
    expect(exported.get(short)).toEqual({ from: "@aws-sdk/client-sqs", name: "SQSClient" });
    expect([...exported.values()]).toContainEqual({ from: "@aws-sdk/lib-dynamodb", name: "GetCommand" });
    expect(clientsSource(new Map([[short, { from: "@aws-sdk/client-sqs", name: "SQSClient" }]])).split("\n")).toEqual([
      'import "@aws/lambda-invoke-store";',
      `export { SQSClient as ${short} } from "@aws-sdk/client-sqs";`,
    ]);
  });
});
