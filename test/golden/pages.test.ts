import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { anchorOf, brokenLinks, headingsIn, linksIn, listPages, pathsNamedIn, readPage, ROOT } from "./markdown.ts";
import { files, readSource } from "./source-files.ts";

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")));

const pages = listPages();

describe("the pages", () => {
  it("are found, those of hidden folders of ours included", () => {
    const some = ["README.md", "shared/README.md", "infra/README.md", ".github/SECURITY.md"];
    expect(pages).toEqual(expect.arrayContaining(some));
    expect(pages.filter((page) => page.includes("node_modules"))).toEqual([]);
  });

  it.each(pages)("%s links to what exists", (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(pages)("%s names files that exist", (page) => {
    expect(pathsNamedIn(readPage(page)).filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
  });

  it.each(pages)("%s names scripts that package.json has", (page) => {
    const named = [...readPage(page).matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it("README.md has at most 200 lines", () => {
    expect(readPage("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(200);
  });

  it("shared/README.md states every invariant that code cites by its number", () => {
    const citation = /invariants? (\d+)(?: and (\d+))?/gi;
    const matches = files.flatMap((file) => [...readSource(file).matchAll(citation)]);
    const cited = matches.flatMap(([, ...numbers]) => numbers);
    const stated = [...readPage("shared/README.md").matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number);
    expect(stated).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]);
    expect(cited.filter((number) => number !== undefined && !stated.includes(number))).toEqual([]);
  });
});

describe("reading pages", () => {
  const page = [
    "# A `page`",
    "[here](#a-page) [there](../x.md#top) [away](https://a.test) `test/golden` `npm test` `x/y`",
    "```sh",
    "# no heading [no](link)",
    "```",
    "## Why, then?",
  ].join("\n");

  it("sees links of prose to pages of ours", () => {
    expect(linksIn(page)).toEqual(["#a-page", "../x.md#top"]);
  });

  it("sees paths of ours in code type", () => {
    expect(pathsNamedIn(page)).toEqual(["test/golden"]);
  });

  it("makes anchors as GitHub does", () => {
    expect(headingsIn(page).map(anchorOf)).toEqual(["a-page", "why-then"]);
  });
});
