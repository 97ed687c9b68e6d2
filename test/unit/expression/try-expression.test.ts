import { describe, expect, it } from "vitest";
import { tryExpression } from "../../../shared/expression/try-expression.ts";

describe("trying an expression", () => {
  it.each([
    { text: "input.n + 1", example: { input: { n: 1 } }, value: 2, kind: "number", references: [["input", "n"]] },
    { text: 'payload.kind == "a"', example: { payload: { kind: "a" } }, value: true, kind: "boolean", references: [["payload", "kind"]] },
    { text: "outputs.find.items.filter(x, x > 1)", example: { outputs: { find: { items: [1, 2, 3] } } }, value: [2, 3], kind: "list", references: [["outputs", "find", "items"]] },
  ])("gives its value: $text", ({ text, example, ...gives }) => {
    expect(tryExpression(text, example)).toEqual({ is_valid: true, ...gives });
  });

  it.each([
    { what: "an unknown variable", text: "1 +\n  inptu.n", position: { offset: 6, line: 2, column: 3 }, says: /unknown variable "inptu"; did you mean/ },
    { what: "a text that does not parse", text: "input.n +", position: { offset: 9, line: 1, column: 10 }, says: /./ },
    { what: "an unknown function", text: "lenght(input)", position: { offset: 0, line: 1, column: 1 }, says: /unknown function/ },
    { what: "a field that is not there", text: "1 + input.n.m", position: { offset: 12, line: 1, column: 13 }, says: /"m"/ },
    { what: "a kind that does not fit", text: "true && (input.n + 1 > 1)", position: { offset: 17, line: 1, column: 18 }, says: /number/ },
    { what: "a fault in a round of a macro", text: "input.list.map(x, x.a)", position: { offset: 20, line: 1, column: 21 }, says: /a/ },
  ])("says what is wrong, and where: $what", ({ text, position, says }) => {
    const { is_valid, value, error } = tryExpression(text, { input: { n: "text", list: [{ a: 1 }, {}] } });
    expect({ is_valid, value, error }).toEqual({ is_valid: false, value: undefined, error: { message: expect.stringMatching(says), position } });
  });

  it("ends, however much work the text asks for", () => {
    const list = Array.from({ length: 1000 }, (_, n) => n);
    const { is_valid } = tryExpression("input.map(a, input.map(b, input.map(c, a + b + c)))", { input: list });
    expect(is_valid).toBe(false);
  });
});
