/**
 * How well personal data and secrets are found, on a file of labelled texts, and how fast: `npm run bench:privacy -- FILE`.
 * The file holds `cases` of `{text, spans: [[start, end, kind], …], may?}`; without one only the speed is measured. A span
 * is found if every letter and digit of it is; a false hit is any region in a text without spans.
 */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { findPrivate } from "../../shared/privacy/find-private.ts";

const Case = z.object({ text: z.string(), spans: z.array(z.tuple([z.int(), z.int(), z.string()])) });
const [file] = process.argv.slice(2);
const cases = file === undefined ? [] : z.object({ cases: z.array(Case) }).parse(JSON.parse(readFileSync(file, "utf8"))).cases;

/** Told by no rule: names and places are words like others. */
const NOT_LOOKED_FOR = new Set(["name", "address"]);

function scores() {
  const kinds = new Map<string, { spans: number; found: number; partly: number }>();
  let falseHits = 0;
  for (const { text, spans } of cases) {
    const regions = findPrivate(text);
    if (spans.length === 0 && regions.length > 0) falseHits += 1;
    for (const [start, end, kind] of spans) {
      const signs = Array.from({ length: end - start }, (_, place) => start + place).filter((place) => /[\p{L}\p{N}]/u.test(text.charAt(place)));
      const covered = signs.filter((place) => regions.some((region) => region.start <= place && place < region.end)).length;
      const score = kinds.get(kind) ?? { spans: 0, found: 0, partly: 0 };
      kinds.set(kind, score);
      score.spans += 1;
      if (covered === signs.length) score.found += 1;
      else if (covered > 0) score.partly += 1;
    }
  }
  return { kinds, falseHits };
}

/** MB of text per second of CPU. */
function speedOf(texts: readonly string[]): number {
  const size = texts.reduce((sum, { length }) => sum + length, 0);
  for (const text of texts) findPrivate(text);
  const begun = process.cpuUsage();
  let rounds = 0;
  do {
    for (const text of texts) findPrivate(text);
    rounds += 1;
  } while (process.cpuUsage(begun).user < 300_000);
  const { user, system } = process.cpuUsage(begun);
  return (size * rounds) / (user + system);
}

if (cases.length > 0) {
  const { kinds, falseHits } = scores();
  console.table(Object.fromEntries([...kinds].map(([kind, score]) => [kind, { ...score, "recall, %": Math.round((1000 * score.found) / score.spans) / 10 }])));
  const counted = [...kinds].filter(([kind]) => !NOT_LOOKED_FOR.has(kind)).map(([, score]) => score);
  const [found, spans] = [counted.reduce((sum, one) => sum + one.found, 0), counted.reduce((sum, one) => sum + one.spans, 0)];
  const clean = cases.filter((one) => one.spans.length === 0).length;
  console.log(`recall without names and addresses ${(found / spans).toFixed(3)}; texts without spans that are hit ${falseHits} of ${clean}`);
}

const often = (text: string): string[] => Array.from({ length: 30 }, () => text.repeat(Math.ceil(2000 / text.length)));
const ROW = { id: "exec_58d0cf207dfc", at: "2026-12-01T03:04:05.678Z", state: "completed", n: 1_234_567, agent: "agent-research" };
const TEXTS: Readonly<Record<string, string[]>> = {
  ...(cases.length === 0 ? {} : { "the labelled texts, one by one": cases.map(({ text }) => text) }),
  "words": often("The agent answered that the report for the third quarter is ready and waits for a review in Zurich. "),
  "events as JSON": often(`${JSON.stringify(ROW)}\n`),
  "nothing but numbers": often("1234567 "),
  "nothing but telephones": often("tel: 1234567 "),
  "nothing but births": often("born 12.12.2012 "),
  "beginnings of secrets": often("password eyJ sk- "),
  "signs of mail": often("a@"),
  "colons": often("ab:"),
};
console.table(Object.fromEntries(Object.entries(TEXTS).map(([name, texts]) => [name, { "MB per CPU second": Math.round(10 * speedOf(texts)) / 10 }])));
