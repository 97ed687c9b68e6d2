import type { AskKind } from "./ask-kind.ts";
import { PATTERN_LIMITS } from "./limits.ts";

/** A schema as JSON Schema says it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const NAME = { type: "string", minLength: 1, maxLength: PATTERN_LIMITS.nameCharacters };
const REMARK = { type: "string", maxLength: PATTERN_LIMITS.remarkCharacters };
const SHARE = { type: "number", minimum: 0, maximum: 1 };
const AMOUNT = { type: "number", minimum: 0 };
const ANYTHING = {};

const object = (properties: JsonSchema, required: readonly string[] = []): JsonSchema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});

const SUBTASK = object(
  {
    id: NAME,
    role: NAME,
    goal: { ...REMARK, minLength: 1 },
    after: { type: "array", items: NAME, maxItems: 50 },
    acceptance: REMARK,
  },
  ["id", "role", "goal"],
);
const PROPOSAL = object({ answer: ANYTHING, confidence: SHARE, rationale: REMARK }, ["answer"]);
const HANDOFF = { result: ANYTHING, summary: REMARK, hand_to: { anyOf: [NAME, { type: "null" }] }, reason: REMARK };

/**
 * The shapes of answers as agents are sent them. A test holds them to `ANSWERS`; they are written out because workers
 * carry no code that would derive them.
 */
export const ANSWER_SCHEMAS: Readonly<Record<AskKind, JsonSchema>> = {
  decompose: object({ subtasks: { type: "array", items: SUBTASK, minItems: 1, maxItems: 100 } }, ["subtasks"]),
  delegate: ANYTHING,
  assess: object({ score: SHARE, feedback: REMARK }, ["score"]),
  synthesize: ANYTHING,
  handoff: object(HANDOFF, ["result"]),
  produce: ANYTHING,
  improve: ANYTHING,
  exchange: PROPOSAL,
  propose: PROPOSAL,
  revise: PROPOSAL,
  judge: PROPOSAL,
  vote: object({ choice: ANYTHING }, ["choice"]),
  call_for_proposals: object({ price: AMOUNT, seconds: AMOUNT, refuse: { type: "boolean" } }),
  accept_proposal: ANYTHING,
  contribute: object({ set: { type: "object", propertyNames: { type: "string" }, additionalProperties: ANYTHING } }, [
    "set",
  ]),
  speak: object({ says: ANYTHING, done: { type: "boolean" } }, ["says"]),
  next_speaker: object({ role: NAME }, ["role"]),
  task: ANYTHING,
  decide: object(
    { decision: { type: "string", enum: ["redo", "accept", "fail"] }, result: ANYTHING, feedback: REMARK },
    ["decision"],
  ),
  evaluate: object({ fitness: { type: "number" } }, ["fitness"]),
  partition: ANYTHING,
};
