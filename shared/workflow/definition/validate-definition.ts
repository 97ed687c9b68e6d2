import { WRAPPERS } from "./wrappers.ts";
import type * as z from "zod";
import type { DialectReading } from "./dialect.ts";
import { type Issue, type IssuePath, reportOf, type ValidationReport } from "./issue.ts";
import { readStagesDialect, StagesDialect } from "./stages-dialect.ts";
import { readTasksDialect, TasksDialect } from "./tasks-dialect.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { addAdvice, addMissingCapabilities } from "./definition-advice.ts";
import { addRuleErrors } from "./definition-rules.ts";
import { inspectValue } from "./inspect-value.ts";
import { IssueList } from "./issue-list.ts";
import { addSchemaIssues } from "./schema-issues.ts";

/** What validation may also know about the world. */
export interface ValidationOptions {
  /** Capabilities that registered agents offer. @default - availability is not checked */
  readonly capabilities?: ReadonlySet<string>;
  /** What it means that no agent offers a capability. @default "error" */
  readonly missingCapabilities?: "error" | "warning";
}

/** The canonical model when there are no errors, and everything found on the way. */
export interface Validation<Found extends Issue = Issue> {
  readonly definition: WorkflowDefinition | undefined;
  readonly report: ValidationReport<Found>;
}

/**
 * Reads a definition that is already a value (a parsed JSON body), in either dialect, with or without its wrapper.
 * Reports every flaw at once; paths lead from the root of the value. Never throws on bad input.
 */
export function validateDefinition(value: unknown, options: ValidationOptions = {}): Validation {
  const issues = new IssueList();
  const definition = validate(value, options, issues);
  return { definition: issues.hasErrors ? undefined : definition, report: reportOf(issues.all()) };
}

function validate(value: unknown, options: ValidationOptions, issues: IssueList): WorkflowDefinition | undefined {
  inspectValue(value, issues);
  if (issues.hasErrors) return undefined;
  const body = unwrap(value, issues);
  const reading = body && hasSaneSize(body, issues) ? read(body, issues) : undefined;
  if (reading === undefined) return undefined;
  issues.addAll(reading.issues);
  addRuleErrors(reading, issues);
  if (issues.hasErrors) return undefined;
  if (options.capabilities !== undefined) addMissingCapabilities(reading, { offered: options.capabilities, severity: options.missingCapabilities ?? "error" }, issues);
  addAdvice(reading, issues);
  return reading.definition;
}

interface Body {
  readonly value: object;
  readonly root: IssuePath;
  readonly list: "tasks" | "stages";
}

function unwrap(value: unknown, issues: IssueList): Body | undefined {
  if (!isMap(value)) {
    issues.add("error", () => ({
      code: "WrongType",
      message: `expected a workflow definition, got ${Array.isArray(value) ? "a list" : typeof value}`,
      remedy: "start with `workflow:`",
      segments: [],
    }));
    return undefined;
  }
  const wrapper = WRAPPERS.find((key) => Object.hasOwn(value, key));
  if (wrapper === undefined) return bodyOf(value, []);
  for (const key of Object.keys(value)) {
    if (key === wrapper) continue;
    const remedy = `move it into \`${wrapper}\`, or remove it`;
    issues.add("error", () => ({
      code: "UnknownKey",
      message: `unknown key "${key}"`,
      remedy,
      segments: [key],
      atKey: true,
    }));
  }
  const inner: unknown = Reflect.get(value, wrapper);
  if (isMap(inner)) return bodyOf(inner, [wrapper]);
  issues.add("error", () => ({
    code: "WrongType",
    message: `\`${wrapper}\` must hold the definition`,
    remedy: "indent name, version, agents and tasks below it",
    segments: [wrapper],
  }));
  return undefined;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bodyOf(value: object, root: IssuePath): Body {
  return { value, root, list: Object.hasOwn(value, "stages") ? "stages" : "tasks" };
}

/** Refuses lists of absurd length before a schema reads each entry. */
function hasSaneSize({ value, root, list }: Body, issues: IssueList): boolean {
  const tasks: unknown = Reflect.get(value, list);
  if (!Array.isArray(tasks)) return true;
  if (tasks.length === 0) {
    issues.add("error", () => ({
      code: "NoTasks",
      message: `\`${list}\` is empty`,
      remedy: "add at least one",
      segments: [...root, list],
    }));
  }
  if (tasks.length > WORKFLOW_LIMITS.tasksPerWorkflow) {
    issues.add("error", () => ({
      code: "TooManyTasks",
      message: `${tasks.length} tasks, more than ${WORKFLOW_LIMITS.tasksPerWorkflow}`,
      remedy: "split the workflow",
      segments: [...root, list],
    }));
    return false;
  }
  return true;
}

function read(body: Body, issues: IssueList): DialectReading | undefined {
  const { value, root } = body;
  const [schema, parsed] = parseBody(body, value);
  if (!parsed.success) addSchemaIssues(parsed.error.issues, { schema, value, root }, issues);
  // A misspelt key must not hide a cycle: the rules still run over what can be read without the flawed parts.
  const readable = parsed.success ? parsed : readWithoutFlaws(body, parsed.error.issues);
  if (readable?.success !== true) return undefined;
  const { data } = readable;
  const flawed = parsed.success ? [] : parsed.error.issues.map(({ path }) => [...root, ...path].join("."));
  if (typeof data.version === "number") {
    const version = String(data.version);
    issues.add("warning", () => versionNotString(version, [...root, "version"]));
  }
  const reading = "stages" in data ? readStagesDialect(data, root) : readTasksDialect(data, root);
  return { ...reading, issues: reading.issues.filter((found) => !isFollowUp(found, flawed)) };
}

/** A key counts as missing when its value was left out as flawed: the flaw itself has been reported. */
function isFollowUp({ code, segments }: Issue, flawed: readonly string[]): boolean {
  if (code !== "MissingKey") return false;
  const task = segments.slice(0, -1).join(".");
  return WORK_KEYS.some((key) => flawed.some((path) => `${path}.`.startsWith(`${task}.${key}.`)));
}

const WORK_KEYS = ["agent", "agent_requirements", "workflow", "emit_event", "pattern", "wait_for_event", "approval"];

function parseBody({ list }: Body, value: unknown) {
  const schema = list === "stages" ? StagesDialect : TasksDialect;
  return [schema, schema.safeParse(value)] as const;
}

/** Reads what is left without the flawed parts; a whole role left out would only make its tasks look wrong. */
function readWithoutFlaws(body: Body, flaws: readonly z.core.$ZodIssue[]) {
  const losesRole = flaws.some(({ path: [key], path }) => key === "agents" && path.length <= 2);
  return losesRole ? undefined : parseBody(body, withoutFlaws(body.value, flaws))[1];
}

/** A copy without the keys that a schema complained about. List entries stay, so that positions keep their meaning. */
function withoutFlaws(value: object, flaws: readonly z.core.$ZodIssue[]): object {
  const copy = structuredClone(value);
  for (const flaw of flaws) {
    const keys = flaw.code === "unrecognized_keys" ? flaw.keys : flaw.path.slice(-1);
    const parentPath = flaw.code === "unrecognized_keys" ? flaw.path : flaw.path.slice(0, -1);
    const parent = parentPath.reduce<unknown>(
      (inner, key) => (isObject(inner) ? Reflect.get(inner, key) : undefined),
      copy,
    );
    for (const key of keys) if (isMap(parent)) Reflect.deleteProperty(parent, key);
  }
  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What to say about a version written as a number. */
export function versionNotString(version: string, segments: IssuePath) {
  return {
    code: "VersionNotString" as const,
    message: `the version is a number and is read as "${version}"`,
    remedy: `put it in quotes: "${version}"`,
    segments,
  };
}
