/**
 * Events per CPU-second against many rules: the index, and the full matcher tried on rule after rule, in turns. Each
 * event is parsed from its text. The answers of both are compared first. Run: `npm run bench:events`.
 */
import { isDeepStrictEqual } from "node:util";
import { EventPatternIndex } from "../../shared/events/event-pattern-index.ts";
import { compilePattern } from "../../shared/events/event-pattern.ts";
import { median } from "./measure.ts";

const ROUNDS = 5;
const PER_ROUND = 20_000;
const EVENTS = 256;
const SHAPES = ["236 B", "706 B"] as const;
const TARGETS: Readonly<Record<string, number>> = {
  "236 B, 1000": 200_000,
  "706 B, 1000": 120_000,
  "236 B, 10000": 50_000,
  "706 B, 10000": 50_000,
};

/** The same numbers in every run: 0 to `below` − 1. */
const drawOf = (seed: number, below: number): number => (Math.imul(seed ^ (seed >>> 15), 2_654_435_769) >>> 8) % below;
const source = (seed: number) => `shop.service-${drawOf(seed, 40)}`;
const STAGES = ["placed", "paid", "packed", "sent", "returned"];
const type = (seed: number) => `order.${STAGES[drawOf(seed, 5)]}.v${drawOf(seed + 1, 4)}`;
const tenant = (seed: number) => `tenant-${drawOf(seed, 500)}`;
const customer = (seed: number) => `customer-${drawOf(seed, 5000)}`;
const country = (seed: number) => ["DE", "FR", "PL", "ES", "IT", "SE"][drawOf(seed, 6)];

/** One rule of each kind in twenty: eleven by values alone, nine with each of the other operators. */
function patternAt(index: number): object {
  const seed = index * 31 + 7;
  const from = { source: [source(seed)], "detail-type": [type(seed + 3)] };
  switch (index % 20) {
    case 0:
      return { ...from, detail: { amount: [{ numeric: [">", drawOf(seed, 9000), "<=", 9500] }] } };
    case 1:
      return { source: [source(seed)], detail: { amount: [{ numeric: [">=", drawOf(seed, 10_000)] }] } };
    case 2:
      return { "detail-type": [{ prefix: "order.paid" }], detail: { tenant: [tenant(seed)] } };
    case 3:
      return { source: [source(seed)], detail: { sku: [{ prefix: `sku-${drawOf(seed, 900)}` }] } };
    case 4:
      return { detail: { file: [{ suffix: `/${drawOf(seed, 900)}.csv` }] } };
    case 5:
      return { ...from, detail: { country: [{ "anything-but": [country(seed), "UK"] }], tenant: [tenant(seed)] } };
    case 6:
      return { ...from, detail: { reason: [{ exists: false }], customer: [customer(seed)] } };
    case 7:
      return {
        source: [source(seed)],
        $or: [{ detail: { tenant: [tenant(seed)] } }, { detail: { customer: [customer(seed)] } }],
      };
    case 8:
      return { detail: { file: [{ wildcard: `reports/${drawOf(seed, 900)}/*.csv` }], country: [country(seed)] } };
    case 9:
      return { ...from, detail: { customer: [{ "equals-ignore-case": customer(seed).toUpperCase() }] } };
    case 10:
      return { ...from, detail: { country: [country(seed)], items: { sku: [`sku-${drawOf(seed, 2000)}`] } } };
    case 11:
      return { ...from, detail: { tenant: [tenant(seed), tenant(seed + 1), tenant(seed + 2)] } };
    case 12:
      return { ...from, detail: { country: [country(seed)] } };
    default:
      return { ...from, detail: { tenant: [tenant(seed)], country: [country(seed)] } };
  }
}

function textAt(index: number, bytes: number): string {
  const seed = index * 101 + 13;
  const detail = {
    tenant: tenant(seed),
    country: country(seed),
    amount: drawOf(seed, 10_000),
    ...(bytes > 400 && {
      customer: customer(seed),
      sku: `sku-${drawOf(seed, 2000)}`,
      file: `reports/${drawOf(seed, 900)}/${drawOf(seed + 1, 900)}.csv`,
      items: Array.from({ length: 3 }, (_, at) => ({ sku: `sku-${drawOf(seed + at, 2000)}`, count: at + 1, cost: 19 })),
      address: { street: "Main Street 12", city: "Springfield", code: "12345" },
      flags: { gift: false, express: true, insured: null },
      reason: "customer asked for it",
    }),
    note: "",
  };
  const event = {
    id: `${index}`.padStart(12, "0"),
    source: source(seed),
    "detail-type": type(seed + 3),
    time: "2026-11-29T06:30:00Z",
    account: "000000000000",
    detail,
  };
  detail.note = "x".repeat(bytes - JSON.stringify(event).length);
  return JSON.stringify(event);
}

/** Events per CPU-second. */
function rateOf(texts: readonly string[], times: number, work: (text: string) => unknown): number {
  const before = process.cpuUsage();
  for (let turn = 0; turn < times; turn += 1) work(texts[turn % texts.length] ?? "");
  const { user, system } = process.cpuUsage(before);
  return (times * 1e6) / (user + system);
}

function row(shape: (typeof SHAPES)[number], count: number) {
  const texts = Array.from({ length: EVENTS }, (_, index) => textAt(index, Number.parseInt(shape, 10)));
  const patterns = Array.from({ length: count }, (_, index) => patternAt(index));
  const index = new EventPatternIndex<number>();
  const started = process.cpuUsage();
  for (const [rule, pattern] of patterns.entries()) index.add(pattern, rule);
  index.match({});
  const built = process.cpuUsage(started);
  const matchers = patterns.map(compilePattern);
  const oneByOne = (text: string): number[] => {
    const event: unknown = JSON.parse(text);
    return matchers.flatMap((matches, rule) => (matches(event) ? [rule] : []));
  };
  const indexed = (text: string): number[] => index.match(JSON.parse(text));
  const answers = texts.map(oneByOne);
  if (!isDeepStrictEqual(texts.map(indexed), answers)) throw new Error("the index and the full matcher disagree");
  const rounds = Array.from({ length: ROUNDS + 1 }, () => ({
    index: rateOf(texts, PER_ROUND, indexed),
    oneByOne: rateOf(texts, 200_000 / count, oneByOne),
    parse: rateOf(texts, PER_ROUND, (text) => JSON.parse(text)),
  })).slice(1);
  const rates = rounds.map((round) => round.index);
  const target = TARGETS[`${shape}, ${count}`] ?? 0;
  return {
    event: shape,
    rules: count,
    "matched, mean": (answers.flat().length / EVENTS).toFixed(1),
    "index, events/s": Math.round(median(rates)),
    "lowest–highest": `${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))}`,
    target: `> ${target} ${median(rates) > target ? "ok" : "MISSED"}`,
    "one by one": Math.round(median(rounds.map((round) => round.oneByOne))),
    "parse alone": Math.round(median(rounds.map((round) => round.parse))),
    "build, ms CPU": ((built.user + built.system) / 1000).toFixed(0),
  };
}

for (const count of [1000, 10_000]) console.table(SHAPES.map((shape) => row(shape, count)));
