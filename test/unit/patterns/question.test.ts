import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ANSWER_SCHEMAS } from "../../../shared/patterns/answer-schemas.ts";
import { ANSWERS, readAnswer } from "../../../shared/patterns/answers.ts";
import { AskKind } from "../../../shared/patterns/ask-kind.ts";
import { wordsOf } from "../../../shared/patterns/question.ts";

describe("a question of a pattern", () => {
  it.each(AskKind.options)("sends the shape of the answers to %s that they are held to", (kind) => {
    const { $schema: _, ...schema } = z.toJSONSchema(ANSWERS[kind], { io: "input" });
    expect(ANSWER_SCHEMAS[kind]).toEqual(schema);
  });

  it("says in words what is wanted, in which round, how to answer, and what was wrong before", () => {
    expect(wordsOf("delegate", {})).toBe("Do this subtask and answer with its result.");
    expect(wordsOf("assess", { round: 2, finding: "score: too big" })).toMatch(/round 2\.\nAnswer with one JSON object .*\nYour last answer did not fit: score: too big\.$/s);
  });

  it.each([
    { what: "an object", output: { score: 1 }, read: { output: { score: 1 } } },
    { what: "JSON in a text", output: 'Gladly: {"score": 0.5} - done', read: { output: { score: 0.5 } } },
    { what: "a text without JSON", output: "good }{", read: { finding: expect.any(String) } },
    { what: "a text with broken JSON", output: "{score}", read: { finding: expect.any(String) } },
    { what: "several flaws", output: { score: "x", feedback: 1 }, read: { finding: expect.stringContaining("and 1 more flaws") } },
  ])("reads $what", ({ output, read }) => {
    expect(readAnswer("assess", output)).toEqual(read);
  });
});
