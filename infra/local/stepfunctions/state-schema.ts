import * as z from "zod";
import { ChoiceRuleError, parseChoiceRule, type ChoiceRule } from "./choice-rules.ts";
import { timestampMillis } from "./choice-comparisons.ts";
import type { Json } from "./json.ts";
import { parseJsonPath } from "./json-path.ts";
import { templateProblems } from "./payload-template.ts";
import { parseTaskResource } from "./task-resource.ts";

const pathProblem = (text: string, isReference: boolean): string | undefined => {
  try {
    const path = parseJsonPath(text);
    if (!isReference || (path.isDefinite && path.source === "input")) return undefined;
    return `'${text}' is not a reference path: it must name one place of the input`;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
};

const pathString = (isReference: boolean) =>
  z.string().superRefine((text, context) => {
    const problem = pathProblem(text, isReference);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

const Path = pathString(false);
const ReferencePath = pathString(true);
const json = z.json().transform((value): Json => value);
const Template = json.superRefine((template, context) => {
  for (const { at, problem } of templateProblems(template)) {
    context.addIssue({ code: "custom", message: problem, params: { at } });
  }
});

const ExpressionPath = z.string().superRefine((text, context) => {
  if (text.startsWith("$")) {
    const problem = pathProblem(text, false);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    return;
  }
  for (const { problem } of templateProblems({ "value.$": text }))
    context.addIssue({ code: "custom", message: problem });
});

const seconds = z.int().min(1).max(99_999_999);
const count = z.int().min(0);
const percentage = z.number().min(0).max(100);
const errorNames = z
  .array(z.string().min(1))
  .min(1)
  .refine((names) => names.length === 1 || !names.includes("States.ALL"), {
    message: "States.ALL must stand alone",
  });
const onlyLastIsAll = (rules: readonly { readonly ErrorEquals: readonly string[] }[]): boolean =>
  rules.slice(0, -1).every(({ ErrorEquals }) => !ErrorEquals.includes("States.ALL"));

const Retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorNames,
  IntervalSeconds: seconds.default(1),
  MaxAttempts: z.int().min(0).max(99_999_999).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(["NONE", "FULL"]).default("NONE"),
});
const Catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorNames,
  Next: z.string(),
  ResultPath: ReferencePath.nullable().optional(),
});

const common = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal("JSONPath").optional(),
  InputPath: Path.nullable().optional(),
  OutputPath: Path.nullable().optional(),
};
const flow = { Next: z.string().optional(), End: z.literal(true).or(z.literal(false)).optional() };
const result = { Parameters: Template.optional(), ResultPath: ReferencePath.nullable().optional() };
const recovery = {
  ResultSelector: Template.optional(),
  Retry: z.array(Retrier).refine(onlyLastIsAll, { message: "States.ALL must be in the last retrier" }).default([]),
  Catch: z.array(Catcher).refine(onlyLastIsAll, { message: "States.ALL must be in the last catcher" }).default([]),
};

/** A branch before it is parsed in its turn. */
const RawFlow = z.record(z.string(), z.unknown());
const Choice = z.unknown().transform((rule, context): ChoiceRule => {
  try {
    return parseChoiceRule(json.parse(rule));
  } catch (error) {
    if (!(error instanceof ChoiceRuleError)) throw error;
    context.addIssue({ code: "custom", message: error.message, params: { at: error.at } });
    return z.NEVER;
  }
});
const Resource = z.string().transform((arn, context) => {
  const resource = parseTaskResource(arn);
  if (resource !== undefined) return resource;
  context.addIssue({ code: "custom", message: `the resource '${arn}' is not supported` });
  return z.NEVER;
});
const Timestamp = z
  .string()
  .refine((text) => timestampMillis(text) !== undefined, { message: "not an RFC 3339 timestamp" });

/** One state as it stands in a definition, without the checks that need its neighbours. */
export const StateSchema = z.discriminatedUnion("Type", [
  z.strictObject({
    Type: z.literal("Task"),
    ...common,
    ...flow,
    ...result,
    ...recovery,
    Resource,
    TimeoutSeconds: seconds.optional(),
    TimeoutSecondsPath: Path.optional(),
    HeartbeatSeconds: seconds.optional(),
    HeartbeatSecondsPath: Path.optional(),
    Credentials: json.optional(),
  }),
  z.strictObject({ Type: z.literal("Pass"), ...common, ...flow, ...result, Result: json.optional() }),
  z.strictObject({
    Type: z.literal("Wait"),
    ...common,
    ...flow,
    Seconds: z.int().min(0).max(99_999_999).optional(),
    SecondsPath: Path.optional(),
    Timestamp: Timestamp.optional(),
    TimestampPath: Path.optional(),
  }),
  z.strictObject({
    Type: z.literal("Choice"),
    ...common,
    Choices: z.array(Choice).min(1),
    Default: z.string().optional(),
  }),
  z.strictObject({
    Type: z.literal("Parallel"),
    ...common,
    ...flow,
    ...result,
    ...recovery,
    Branches: z.array(RawFlow).min(1),
  }),
  z.strictObject({
    Type: z.literal("Map"),
    ...common,
    ...flow,
    ...result,
    ...recovery,
    ItemProcessor: RawFlow.optional(),
    Iterator: RawFlow.optional(),
    ItemsPath: Path.optional(),
    ItemSelector: Template.optional(),
    MaxConcurrency: count.default(0),
    MaxConcurrencyPath: Path.optional(),
    ToleratedFailureCount: count.optional(),
    ToleratedFailureCountPath: Path.optional(),
    ToleratedFailurePercentage: percentage.optional(),
    ToleratedFailurePercentagePath: Path.optional(),
    Label: z.string().max(40).optional(),
  }),
  z.strictObject({ Type: z.literal("Succeed"), ...common }),
  z.strictObject({
    Type: z.literal("Fail"),
    Comment: common.Comment,
    QueryLanguage: common.QueryLanguage,
    Error: z.string().optional(),
    ErrorPath: ExpressionPath.optional(),
    Cause: z.string().optional(),
    CausePath: ExpressionPath.optional(),
  }),
]);
export type State = z.infer<typeof StateSchema>;
export type StateOf<Type extends State["Type"]> = Extract<State, { Type: Type }>;
export type RetrierRule = z.infer<typeof Retrier>;
export type CatcherRule = z.infer<typeof Catcher>;
