import * as z from "zod";
import { ANSWER_SCHEMAS } from "../answer-schemas.ts";
import { AskKind } from "../ask-kind.ts";
import { ASK_WORDS } from "../ask-words.ts";
import type { Pattern } from "../pattern.ts";

/** A pattern as lists show it (spec 004 §4.2). */
export const PatternSummary = z
  .object({
    pattern_id: z.string(),
    name: z.string(),
    version: z.string(),
    type: z.enum(["built-in", "custom"]),
    description: z.string(),
  })
  .meta({ id: "PatternSummary" });
export type PatternSummary = z.infer<typeof PatternSummary>;

/** The patterns that a definition may name. */
export const PatternList = z.object({ patterns: z.array(PatternSummary) });

const Schema = z.record(z.string(), z.unknown());

/** Everything that an author needs to know of a pattern, and everything that an agent of it has to answer. */
export const PatternView = PatternSummary.extend({
  /** Parts that roles of a definition play, and how many may play each. */
  members: z.record(z.string(), z.object({ does: z.string(), least: z.int(), most: z.int() })),
  /** JSON Schema of `config`, with its defaults. */
  configuration_schema: Schema,
  /** Calls that its configuration can make it need, as a formula over its fields. */
  calls_bound: z.string(),
  /** What its agents are asked, and the JSON Schema of their answers; an empty one takes anything. */
  messages: z.array(z.object({ kind: AskKind, wants: z.string(), answer_schema: Schema })),
}).meta({ id: "Pattern" });
export type PatternView = z.infer<typeof PatternView>;

/** A built-in pattern in a list. Its id is its name. */
export const summarise = ({ name, version, does }: Pattern): PatternSummary => ({
  pattern_id: name,
  name,
  version: `${version}.0`,
  type: "built-in",
  description: does,
});

/** A built-in pattern as a whole. */
export function viewPattern(pattern: Pattern): PatternView {
  const { $schema: _, ...schema } = z.toJSONSchema(pattern.config, { io: "input" });
  return {
    ...summarise(pattern),
    members: Object.fromEntries(Object.entries(pattern.members).map(([part, rule]) => [part, { ...rule }])),
    configuration_schema: schema,
    calls_bound: pattern.bound,
    messages: pattern.kinds.map((kind) => ({
      kind,
      wants: ASK_WORDS[kind],
      answer_schema: { ...ANSWER_SCHEMAS[kind] },
    })),
  };
}
