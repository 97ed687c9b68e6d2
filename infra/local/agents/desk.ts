/** An editorial desk that works by rules, for patterns of coordination: every answer follows from the question. Speaks 1.0. */
import { type Skill, startAgent } from "./agent-kit.ts";
import {
  appraise,
  chat,
  classify,
  decompose,
  estimate,
  judge,
  keySentences,
  offer,
  outline,
  partition,
  shorten,
  survey,
  takeCall,
  wordCount,
} from "./desk-rules.ts";
import { protocol10 } from "./protocol-1.0.ts";

const skill = (id: string, description: string, run: Skill["run"]): Skill => ({
  id,
  name: id,
  description,
  tags: ["desk"],
  run,
});

await startAgent(
  {
    name: "desk",
    description: "Splits, judges, shortens, classifies and bids by fixed rules.",
    skills: [
      skill("decompose", "Splits a brief into counting words and picking sentences.", () => decompose()),
      skill(
        "assess",
        "Scores a result: by its length where a limit is set, else by whether there is one.",
        ({ input }) => appraise(input),
      ),
      skill("synthesize", "Puts results together under their names.", ({ input }) => ({
        brief: input["results"] ?? null,
      })),
      skill("count-words", "Counts the words of a text.", ({ input }) => wordCount(input)),
      skill("key-sentences", "Picks the longest sentences of a text.", ({ input }) => keySentences(input)),
      skill("shorten", "Drops the last sentence of a draft.", ({ input }) => shorten(input)),
      skill("answer-call", "Answers a question, or hands it to the desk that its words name.", ({ input }) =>
        takeCall(input),
      ),
      skill("estimate", "Moves an estimate to the mean of its own and its neighbours'.", ({ input }) =>
        estimate(input),
      ),
      skill("classify", "Labels a text by the words in it.", ({ input }) => classify(input)),
      skill("judge", "Takes the answer that is said with most confidence.", ({ input }) => judge(input)),
      skill("bid", "Bids by the place in the round, and does the work.", ({ input }) => offer(input)),
      skill("survey", "Writes the words of the text on the board.", ({ input }) => survey(input)),
      skill("outline", "Writes an outline on the board, of the words there.", ({ input }) => outline(input)),
      skill("partition", "Counts the words of its part of a text.", ({ input }) => partition(input)),
      skill("chat", "Says the next number, and is done at four.", ({ input }) => chat(input)),
    ],
  },
  protocol10({ push: true }),
);
