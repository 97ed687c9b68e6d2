import { describe, expect, it } from "vitest";
import { filesIn, flawsOfFiles } from "../../../shared/hooks/built-in/check-files.ts";
import { flawOfBuiltIn } from "../../../shared/hooks/built-in/built-ins.ts";

const flaw = (name: string, trigger: Parameters<typeof flawOfBuiltIn>[1]["trigger"], ...args: readonly string[]) => flawOfBuiltIn(name, { trigger, args });

describe("built-in functions", () => {
  it.each([
    ["auto-assign", "pre_task", []],
    ["auto-assign", "pre_search", ["success=1", "latency=0", "cost=0.5"]],
    ["search-cache", "pre_search", ["ttl_seconds=60"]],
    ["notify", "post_workflow", ["text={workflow_id} is {new_status}, = and all", "severity=high"]],
    ["session-restore", "session_start", []],
  ] as const)("takes %s for %s with %j", (name, trigger, args) => {
    expect(flaw(name, trigger, ...args)).toBeUndefined();
  });

  it.each([
    { why: "another name", found: flaw("autoassign", "pre_task"), field: "function", says: "there are auto-assign, search-cache" },
    { why: "the name of something that all objects have", found: flaw("constructor", "pre_task"), field: "function", says: "no built-in" },
    { why: "a trigger without work", found: flaw("check-files", "pre_task"), field: "trigger", says: "it is for pre_edit" },
    { why: "a trigger that something waits for", found: flaw("notify", "pre_task"), field: "trigger", says: "post_task" },
    { why: "another argument", found: flaw("search-cache", "pre_search", "ttl=60"), field: "args", says: "name=value of ttl_seconds" },
    { why: "a word without a value", found: flaw("search-cache", "pre_search", "ttl_seconds"), field: "args", says: "ttl_seconds" },
    { why: "a number out of bounds", found: flaw("search-cache", "pre_search", "ttl_seconds=0"), field: "args", says: "ttl_seconds" },
    { why: "no number at all", found: flaw("auto-assign", "pre_task", "cost=dear"), field: "args", says: "cost" },
  ])("refuses $why, and says what there is", ({ found, field, says }) => {
    expect(found).toMatchObject({ field, message: expect.stringContaining(says) });
  });
});

describe("files to be edited", () => {
  it("are found in the fields that name them", () => {
    expect(filesIn({ file: "a.py", files: ["b.py", { path: "c.py", content: "" }, 7, null], other: "x" }, undefined)).toEqual(["a.py", "b.py", "c.py"]);
    expect(filesIn({ file: "a.py", sources: ["b.py"] }, "sources")).toEqual(["b.py"]);
    expect(filesIn({}, "constructor")).toEqual([]);
  });

  it.each([
    ["src/app.py", undefined],
    ["docs/a b.md", undefined],
    ["/etc/passwd", "leads out"],
    ["a/../../b", "leads out"],
    ["~/x", "leads out"],
    ["C:x", "leads out"],
    ["a\\..\\b", "is no path"],
    ["a\u0000.py", "is no path"],
    ["a\u202e.py", "is no path"],
    ["", "is no path"],
    ["x".repeat(1025), "is no path"],
    [".git/config", "touches .git"],
    ["sub/.GIT/hooks/pre-commit", "touches .GIT"],
    ["deploy/.env", "touches .env"],
  ])("are judged by where they lie: %j", (file, says) => {
    const [found] = flawsOfFiles([file], { most: 10 });
    if (says === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(says);
  });

  it("are judged by their kind and number where a hook says so", () => {
    expect(flawsOfFiles(["a.py", "b.sh", "Makefile"], { most: 10, extensions: ["py"] })).toEqual([
      "'b.sh' is of none of the kinds py",
      "'Makefile' is of none of the kinds py",
    ]);
    expect(flawsOfFiles(["a", "b"], { most: 1 })).toEqual(["the input names 2 files, more than 1"]);
    expect(flawsOfFiles([], { most: 1 })).toEqual(["the input names no file"]);
  });
});
