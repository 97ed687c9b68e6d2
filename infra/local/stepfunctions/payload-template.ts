import { AslError } from "./asl-error.ts";
import { INTRINSIC_FUNCTIONS, type Argument, type Random } from "./intrinsic-functions.ts";
import { parseIntrinsic, type IntrinsicNode } from "./intrinsic-parser.ts";
import { isJsonArray, isJsonObject, type Json } from "./json.ts";
import { parseJsonPath, queryJsonPath, type JsonPath } from "./json-path.ts";

/** What paths and functions of a template can see. */
export interface TemplateScope {
  readonly input: Json;
  /** Builds the context object; called only when a `$$` path needs it. */
  readonly context: () => Json;
  readonly random: Random;
}

/** The value at a path of the input or the context object; `undefined` when it leads nowhere. */
export function resolvePath(path: JsonPath, scope: TemplateScope): Json | undefined {
  return queryJsonPath(path, path.source === "context" ? scope.context() : scope.input);
}

/**
 * Fills a payload template: every member whose name ends in `.$` is replaced by what its path or function yields.
 *
 * @throws {AslError} `States.ParameterPathFailure` or `States.IntrinsicFailure`.
 */
export function fillTemplate(template: Json, scope: TemplateScope): Json {
  if (isJsonArray(template)) return template.map((item) => fillTemplate(item, scope));
  if (!isJsonObject(template)) return template;
  const members = Object.entries(template).map(([key, value]): [string, Json] =>
    key.endsWith(".$") ? [key.slice(0, -2), dynamicValue(key, value, scope)] : [key, fillTemplate(value, scope)],
  );
  return Object.fromEntries(members);
}

function dynamicValue(key: string, expression: Json, scope: TemplateScope): Json {
  if (typeof expression !== "string") {
    throw new AslError("States.ParameterPathFailure", `The value for the field '${key}' must be a valid JSONPath`);
  }
  if (!expression.startsWith("$")) return callIntrinsic(parseIntrinsic(expression), scope).value;
  const value = resolvePath(parseJsonPath(expression), scope);
  if (value !== undefined) return value;
  const seen = JSON.stringify(scope.input);
  throw new AslError(
    "States.ParameterPathFailure",
    `The JSONPath '${expression}' specified for the field '${key}' could not be found in the input '${seen}'`,
  );
}

function callIntrinsic(node: IntrinsicNode, scope: TemplateScope): Argument {
  switch (node.kind) {
    case "literal":
      return { value: node.value };
    case "string":
      return { value: node.raw.replaceAll(/\\(.)/gs, "$1"), template: node.raw };
    case "path":
      return { value: presentArgument(resolvePath(node.path, scope), node.path) };
    case "call":
      return {
        value: apply(
          node.name,
          node.args.map((arg) => callIntrinsic(arg, scope)),
          scope,
        ),
      };
    default:
      return node satisfies never;
  }
}

function presentArgument(value: Json | undefined, path: JsonPath): Json {
  if (value !== undefined) return value;
  throw new AslError("States.IntrinsicFailure", `The JSONPath '${path.text}' of an argument could not be found`);
}

function apply(name: string, args: readonly Argument[], scope: TemplateScope): Json {
  const implementation = INTRINSIC_FUNCTIONS.get(name);
  if (implementation === undefined) throw new AslError("States.IntrinsicFailure", `Unknown function ${name}`);
  try {
    return implementation(args, scope.random);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new AslError("States.IntrinsicFailure", `${name} failed: ${error.message}`);
  }
}

/** Every mistake of a template that can be seen before it runs, each with the member it is in. */
export function templateProblems(template: Json, at = ""): { at: string; problem: string }[] {
  if (isJsonArray(template)) return template.flatMap((item, index) => templateProblems(item, `${at}[${index}]`));
  if (!isJsonObject(template)) return [];
  return Object.entries(template).flatMap(([key, value]) => {
    const inner = `${at}/${key}`;
    if (!key.endsWith(".$")) return templateProblems(value, inner);
    const problem = expressionProblem(value);
    return problem === undefined ? [] : [{ at: inner, problem }];
  });
}

function expressionProblem(expression: Json): string | undefined {
  if (typeof expression !== "string") return "the value of a field that ends in '.$' must be a JSONPath or a function";
  try {
    if (expression.startsWith("$")) parseJsonPath(expression);
    else return unknownFunction(parseIntrinsic(expression));
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function unknownFunction(node: IntrinsicNode): string | undefined {
  if (node.kind !== "call") return undefined;
  if (!INTRINSIC_FUNCTIONS.has(node.name)) return `unknown function ${node.name}`;
  return node.args.map((arg) => unknownFunction(arg)).find((problem) => problem !== undefined);
}
