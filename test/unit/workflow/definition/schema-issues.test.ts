import * as z from "zod";
import { describe, expect, it } from "vitest";
import { IssueList } from "../../../../shared/workflow/definition/issue-list.ts";
import { addSchemaIssues } from "../../../../shared/workflow/definition/schema-issues.ts";

const Entry = z.strictObject({ name: z.string(), size: z.int().min(1).max(9).optional() });
const schema = z.strictObject({
  text: z.string().optional(),
  count: z.number().optional(),
  whole: z.int().optional(),
  flag: z.boolean().optional(),
  color: z.enum(["red", "green"]).optional(),
  list: z.array(Entry).optional(),
  names: z.record(z.string().regex(/^[a-z]+$/, "use lower case letters"), Entry).optional(),
  either: z.union([z.string(), Entry]).optional(),
  odd: z.number().refine((value) => value % 2 === 1, "use an odd number").optional(),
});

/** What is said of a value at `$.at`. */
function saidOf(value: unknown): readonly object[] {
  const issues = new IssueList();
  const { error } = schema.safeParse(value);
  addSchemaIssues(error?.issues ?? [], { schema, value, root: ["at"] }, issues);
  return issues.all().map(({ code, message, remedy, path }) => ({ code, message, remedy, path }));
}

describe("what a schema finds, in words", () => {
  it.each([
    { value: { list: [{}] }, said: { code: "MissingKey", message: 'the key "name" is missing', remedy: "add `name`", path: "at.list[0].name" } },
    { value: { text: 1 }, said: { code: "WrongType", message: "expected string, got number", remedy: "put the value in quotes", path: "at.text" } },
    { value: { text: true }, said: { code: "WrongType", message: "expected string, got boolean", remedy: "put the value in quotes", path: "at.text" } },
    { value: { text: [] }, said: { code: "WrongType", message: "expected string, got array", remedy: "write a value of type string", path: "at.text" } },
    { value: { text: null }, said: { code: "WrongType", message: "expected string, got null", remedy: "write a value of type string", path: "at.text" } },
    { value: { count: "1" }, said: { code: "WrongType", message: "expected number, got string", remedy: "write the number without quotes", path: "at.count" } },
    { value: { whole: 1.5 }, said: { code: "WrongType", message: "expected int, got number", remedy: "use a whole number", path: "at.whole" } },
    { value: { flag: "yes" }, said: { code: "WrongType", message: "expected boolean, got string", remedy: "write true or false without quotes", path: "at.flag" } },
    { value: { list: "a" }, said: { code: "WrongType", message: "expected array, got string", remedy: "write a list: [a, b]", path: "at.list" } },
    { value: { list: null }, said: { code: "WrongType", message: "expected array, got null", remedy: "write [] or remove the key", path: "at.list" } },
    { value: { list: {} }, said: { code: "WrongType", message: "expected array, got object", remedy: "write a list: each entry on a line that starts with `-`", path: "at.list" } },
    { value: { color: "gren" }, said: { code: "InvalidValue", message: '"gren" is not one of red, green', remedy: 'did you mean "green"?', path: "at.color" } },
    { value: { color: "blueish" }, said: { code: "InvalidValue", message: '"blueish" is not one of red, green', remedy: "use one of red, green", path: "at.color" } },
    { value: { color: { a: 1 } }, said: { code: "InvalidValue", message: "an object is not one of red, green", path: "at.color" } },
    { value: { list: [{ name: "a", size: 0 }] }, said: { code: "InvalidValue", message: "0 is not allowed here", remedy: "use at least 1", path: "at.list[0].size" } },
    { value: { list: [{ name: "a", size: 10 }] }, said: { code: "InvalidValue", message: "10 is not allowed here", remedy: "use at most 9", path: "at.list[0].size" } },
    { value: { odd: 2 }, said: { code: "InvalidValue", message: "2 is not allowed here", remedy: "use an odd number", path: "at.odd" } },
    { value: { names: { Ab: { name: "a" } } }, said: { code: "InvalidValue", message: '"Ab" is not allowed here', remedy: "use lower case letters", path: "at.names.Ab" } },
    { value: { either: 1 }, said: { code: "WrongType", message: "expected string or object, got number", path: "at.either" } },
    { value: { either: { name: 1 } }, said: { code: "WrongType", message: "expected string, got number", remedy: "put the value in quotes", path: "at.either.name" } },
    { value: { txt: 1 }, said: { code: "UnknownKey", message: 'unknown key "txt"', remedy: 'did you mean "text"?', path: "at.txt" } },
    { value: { list: [{ name: "a", sise: 1 }] }, said: { code: "UnknownKey", message: 'unknown key "sise"', remedy: 'did you mean "size"?', path: "at.list[0].sise" } },
    { value: { names: { a: { name: "a", zzzzzz: 1 } } }, said: { code: "UnknownKey", message: 'unknown key "zzzzzz"', remedy: "remove it, or use one of name, size", path: "at.names.a.zzzzzz" } },
    { value: { either: { name: "a", nmae: 1 } }, said: { code: "UnknownKey", message: 'unknown key "nmae"', path: "at.either.nmae" } },
  ])("of $value", ({ value, said }) => {
    expect(saidOf(value)).toMatchObject([said]);
  });

  it("quotes a long value in part", () => {
    const [said] = saidOf({ color: "x".repeat(200) });
    expect(said).toMatchObject({ message: `"${"x".repeat(76)}… is not one of red, green` });
  });

  it("is one for each unknown key", () => {
    expect(saidOf({ aaaaaa: 1, bbbbbb: 2 })).toMatchObject([{ path: "at.aaaaaa" }, { path: "at.bbbbbb" }]);
  });
});
