import * as z from "zod";

const Place = z.object({ start: z.int(), end: z.int(), isExpression: z.boolean() });

/** Where it is to be noticed that a function ran: `id` names it. */
const Probe = z.object({ id: z.int(), file: z.string(), place: Place });
export type Probe = z.infer<typeof Probe>;

/** What a worker is asked. Paths are from the root of the repository. */
export const Question = z.discriminatedUnion("ask", [
  /** Run tests on the code as it is, and say which probes each file passes. */
  z.object({ ask: z.literal("measure"), tests: z.array(z.string()), probes: z.array(Probe) }),
  /** Run tests, in this order and up to the first that fails, with one file's text replaced. */
  z.object({ ask: z.literal("test"), tests: z.array(z.string()), file: z.string(), code: z.string(), cpuSeconds: z.number() }),
]);
export type Question = z.infer<typeof Question>;

const Measured = z.object({
  test: z.string(),
  milliseconds: z.number(),
  failures: z.array(z.string()),
  /** Probes passed while its tests ran. */
  hits: z.array(z.int()),
  /** Probes passed before: what a file does when it is loaded. */
  loadHits: z.array(z.int()),
});
/** How a test file ran on the code as it is. */
export type Measured = z.infer<typeof Measured>;

/** What a worker answers. */
export const Answer = z.discriminatedUnion("answer", [
  z.object({ answer: z.literal("ready") }),
  z.object({ answer: z.literal("measured"), files: z.array(Measured) }),
  z.object({ answer: z.literal("killed"), by: z.string() }),
  z.object({ answer: z.literal("survived") }),
  /** The tests use up far more time than they should, or stand still; the worker is gone after saying so. */
  z.object({ answer: z.literal("hung"), why: z.string() }),
  /** The worker itself is at fault; nothing follows about the mutant. */
  z.object({ answer: z.literal("broken"), why: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;
