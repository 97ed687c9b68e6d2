import { array, assert, constantFrom, json, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { formatContent, formatValue } from "../../../shared/hooks/built-in/format-value.ts";

describe("formatting", () => {
  it.each([
    { what: "JSON", given: '{"b":1,"a":[1,{"c":null}],"e":{},"f":[]}', made: '{\n  "b": 1,\n  "a": [\n    1,\n    {\n      "c": null\n    }\n  ],\n  "e": {},\n  "f": []\n}' },
    { what: "JSON with numbers that no number type holds, and braces in texts", given: '{"n":12345678901234567890.10,"e":1E+400,"t":"{\\"x\\": [1]}"}', made: '{\n  "n": 12345678901234567890.10,\n  "e": 1E+400,\n  "t": "{\\"x\\": [1]}"\n}' },
    { what: "what only begins like JSON", given: "{a}  ", made: "{a}  " },
    { what: "line ends", given: "a \r\nb\t\rc", made: "a\nb\nc" },
    { what: "a broken line", given: "a  \nb   \n  ", made: "a  \nb\n" },
    { what: "a table", given: "| a|long name |\n|-|:-:|\n|1| 2|\n| x \\| y |\nend", made: "| a      | long name |\n| ------ | :-------: |\n| 1      | 2         |\n| x \\| y |           |\nend" },
    { what: "a table between fences", given: "```\n|a|b|\n|-|-|\n  x  \n```", made: "```\n|a|b|\n|-|-|\n  x  \n```" },
    { what: "bars that are no table", given: "a | b\nc | d", made: "a | b\nc | d" },
    { what: "wide letters", given: "|ä|👍🏽|\n|-|-|\n|abcd|x|", made: "| ä    | 👍🏽   |\n| ---- | --- |\n| abcd | x   |" },
    { what: "a number", given: 7, made: 7 },
    { what: "nothing", given: null, made: null },
    { what: "another object", given: { text: "a \r\n" }, made: { text: "a \r\n" } },
  ])("puts $what in order", ({ given, made }) => {
    expect(formatValue(given)).toEqual(made);
  });

  it("puts files in order by their names, and leaves what is none", () => {
    const files = [{ path: "a.json", content: "[1]" }, { path: "b.md", content: "x  \r\n" }, { path: "c.py", content: "x = 1  " }, { path: "d.txt", content: "" }, { path: "e.json", content: "{" }, 7, { path: "f" }, { path: 1, content: 2 }];
    expect(formatValue({ files, other: 1 })).toEqual({
      files: [{ path: "a.json", content: "[\n  1\n]\n" }, { path: "b.md", content: "x  \n" }, { path: "c.py", content: "x = 1\n" }, { path: "d.txt", content: "" }, { path: "e.json", content: "{\n" }, 7, { path: "f" }, { path: 1, content: 2 }],
      other: 1,
    });
  });

  it("formats twice as once, and changes nothing that JSON means", () => {
    const line = constantFrom("| a | b |", "|-|:-|", "|1|22", "```", "~~~", "text  ", "", "a\\|b", "| x |", "\t");
    assert(
      property(array(line, { maxLength: 12 }), constantFrom("a.md", "a.txt", "a.json"), (lines, path) => {
        const once = formatContent(path, lines.join("\n"));
        expect(formatContent(path, once)).toBe(once);
      }),
    );
    assert(
      property(json(), (text) => {
        expect(JSON.parse(formatContent("a.json", text))).toEqual(JSON.parse(text));
      }),
    );
    assert(
      property(string(), (text) => {
        const once = formatValue(text);
        expect(formatValue(once)).toBe(once);
      }),
    );
  });
});
