import { describe, expect, it } from "vitest";
import {
  chooseWorkflow,
  inputFor,
  inputOf,
  inputSchemaOf,
  type Offer,
  skillNamed,
} from "../../../shared/endpoint/choose-workflow.ts";

const offer = (name: string, ...fields: string[]): Offer => ({
  name,
  version: "1.0",
  inputFields: fields.map((field) => ({ name: field.replace("?", ""), isRequired: !field.endsWith("?") })),
});
const data = (value: unknown) => inputOf({ parts: [{ data: value }] });
const words = inputOf({ parts: [{ text: "hello" }] });

describe("inputOf", () => {
  it("makes fields of data, words and files", () => {
    const parts = [
      { text: "a" },
      { text: "b" },
      { data: { x: 1 } },
      { data: 7 },
      { raw: "YQ==", filename: "f.txt", mediaType: "text/plain" },
    ];
    expect(inputOf({ parts })).toEqual({
      fields: { text: "a\nb", x: 1, data: 7, files: [{ name: "f.txt", mediaType: "text/plain", bytes: "YQ==" }] },
      hasFiles: true,
    });
  });
});

describe("skillNamed", () => {
  it("reads the message before the request, with or without a version", () => {
    expect(skillNamed({ skill: "a" }, { skill: "b" })).toEqual({ name: "a" });
    expect(skillNamed(undefined, { skill: "b@2.0" })).toEqual({ name: "b", version: "2.0" });
    expect(skillNamed({}, undefined)).toBeUndefined();
  });

  it("takes the skill of the public card for no name", () => {
    expect(skillNamed({ skill: "run-workflow" })).toBeUndefined();
  });

  it.each([7, "", "@1.0", "a@", "a@b@c", "no spaces", "x".repeat(5000), `a@${"1".repeat(50)}`])(
    "refuses %s",
    (skill) => {
      expect(() => skillNamed({ skill })).toThrow("must be the name of a workflow");
    },
  );
});

describe("chooseWorkflow", () => {
  it("takes the only one, whatever it reads", () => {
    expect(chooseWorkflow([offer("only", "a")], words).name).toBe("only");
  });

  it.each([
    { what: "the one whose fields are there", input: data({ a: 1 }), chosen: "a" },
    { what: "the one that reads more of them", input: data({ a: 1, b: 2 }), chosen: "ab" },
    { what: "one that reads words for words", input: words, chosen: "text" },
    { what: "one that may do without, when it reads what is there", input: data({ o: 1 }), chosen: "o" },
  ])("takes $what", ({ input, chosen }) => {
    expect(
      chooseWorkflow([offer("a", "a"), offer("ab", "a", "b"), offer("text", "text"), offer("o", "o?", "p?")], input)
        .name,
    ).toBe(chosen);
  });

  it("lists them when none fits, and those in question when several do", () => {
    const offers = [offer("a", "a"), offer("b", "b"), offer("b2", "b")];
    expect(() => chooseWorkflow(offers, words)).toThrow(
      "fits the input of none of the workflows; name one as metadata.skill: a (reads a); b (reads b); b2 (reads b)",
    );
    expect(() => chooseWorkflow(offers, data({ b: 1 }))).toThrow(
      "does not tell which workflow to run; name one as metadata.skill: b (reads b); b2 (reads b)",
    );
    expect(() => chooseWorkflow([], words)).toThrow("no workflow is deployed");
  });
});

describe("inputFor", () => {
  const message = { messageId: "m", role: "ROLE_USER" as const, parts: [{ text: "hi" }] };

  it("hands on the message itself where it is read", () => {
    expect(inputFor(offer("w", "message"), message)).toEqual({ message, text: "hi" });
    expect(inputFor(offer("w"), message)).toEqual({ text: "hi" });
  });

  it("refuses files that are not read, and says what is missing", () => {
    const file = { ...message, parts: [{ url: "https://u.test" }] };
    expect(() => inputFor(offer("w"), file)).toThrow("takes text and JSON, and no files");
    expect(inputFor(offer("w", "files"), file)).toEqual({
      files: [{ name: undefined, mediaType: undefined, url: "https://u.test" }],
    });
    expect(() => inputFor(offer("w", "text", "a", "b"), message)).toThrow("needs a, b");
  });
});

describe("inputSchemaOf", () => {
  it("requires what the run fails without", () => {
    expect(inputSchemaOf(offer("w", "a", "b?", "text", "message"))).toMatchObject({
      type: "object",
      properties: { a: {}, b: {}, text: { type: "string" } },
      required: ["a", "text"],
      additionalProperties: true,
    });
  });
});
