import { suggestion } from "../core/closest.ts";
import { FUNCTIONS, METHODS } from "./expression-functions.ts";
import { compileMacro } from "./expression-macros.ts";
import { compileBinary } from "./expression-operators.ts";
import { type Context, type Frame, named, type Part, requireKind } from "./expression-parts.ts";
import type { FunctionRule } from "./expression-rules.ts";
import type { CallSyntax, Syntax } from "./expression-syntax.ts";
import { SyntaxFlaw } from "./expression-tokens.ts";
import { elementOf, EvaluationFault, fieldOf, finite, kindOf, truthOf } from "./expression-values.ts";
import { present } from "../core/present.ts";

/**
 * Compiles a syntax tree; the static paths that it reads come back as well.
 *
 * @throws {SyntaxFlaw} an unknown name, or operands that can never fit.
 */
export function compileSyntax(syntax: Syntax, variables: readonly string[], isTraced = false): Part & { references: string[][] } {
  const references: string[][] = [];
  const context = { variables, locals: [], references, tally: { parts: 0 }, isTraced, compile: compilePart };
  return { ...compilePart(syntax, context), references };
}

function compilePart(syntax: Syntax, context: Context): Part {
  context.tally.parts++;
  const path = staticPath(syntax, context);
  if (path !== undefined) context.references.push(path);
  const part = compileNode(syntax, path === undefined ? context : { ...context, references: [] });
  return context.isTraced ? traced(part, syntax.at) : part;
}

/** The innermost part that fails is where the fault lies. */
const traced = ({ run, kind }: Part, at: number): Part => ({
  kind,
  run: (frame) => {
    try {
      return run(frame);
    } catch (fault) {
      if (fault instanceof EvaluationFault) fault.position ??= at;
      throw fault;
    }
  },
});

/** `a.b["c"]` as ["a", "b", "c"] when `a` is a variable of the scope; a computed index ends the path. */
function staticPath(syntax: Syntax, context: Context): string[] | undefined {
  if (syntax.kind === "name") return context.locals.includes(syntax.name) ? undefined : [syntax.name];
  if (syntax.kind === "member") {
    const path = staticPath(syntax.of, context);
    return path && [...path, syntax.field];
  }
  if (syntax.kind !== "index" || syntax.index.kind !== "literal" || typeof syntax.index.value !== "string")
    return undefined;
  const path = staticPath(syntax.of, context);
  return path && [...path, syntax.index.value];
}

function compileNode(syntax: Syntax, context: Context): Part {
  switch (syntax.kind) {
    case "literal":
      return { run: () => syntax.value, kind: kindOf(syntax.value) };
    case "name":
      return compileName(syntax, context);
    case "member":
      return compileMember(syntax.of, syntax.field, context);
    case "index":
      return compileIndex(syntax.of, syntax.index, context);
    case "call":
      return compileCall(syntax, context);
    case "list":
      return compileList(syntax.items, context);
    case "map":
      return compileMap(syntax.entries, context);
    case "not":
    case "minus":
      return compileUnary(syntax.kind, syntax.of, context);
    case "binary":
      return compileBinary(syntax, context);
    case "choice":
      return compileChoice(syntax.test, syntax.branches, context);
    default:
      return syntax satisfies never;
  }
}

function compileName({ name, at }: { name: string; at: number }, context: Context): Part {
  const slot = context.locals.lastIndexOf(name);
  if (slot >= 0) return { run: ({ locals }) => locals[slot], kind: "any" };
  if (!context.variables.includes(name)) {
    const known = [...context.variables, ...context.locals];
    const remedy = suggestion(name, known, `there is ${known.join(", ") || "none"}`);
    throw new SyntaxFlaw(`unknown variable "${name}"; ${remedy}`, at);
  }
  const run = ({ scope }: Frame): unknown => {
    const value = scope[name];
    if (value === undefined) throw new EvaluationFault(`"${name}" is not known here`);
    return value;
  };
  return { run, kind: "any" };
}

function compileMember(target: Syntax, field: string, context: Context): Part {
  const of = compilePart(target, context);
  requireKind(of, ["map"], { at: target.at, what: `.${field}` });
  return { run: (frame) => fieldOf(of.run(frame), field), kind: "any" };
}

function compileIndex(target: Syntax, place: Syntax, context: Context): Part {
  const of = compilePart(target, context);
  const index = compilePart(place, context);
  requireKind(of, ["list", "map"], { at: target.at, what: "[…]" });
  requireKind(index, of.kind === "list" ? ["number"] : of.kind === "map" ? ["string"] : ["number", "string"], {
    at: place.at,
    what: "[…]",
  });
  return { run: (frame) => elementOf(of.run(frame), index.run(frame)), kind: "any" };
}

function compileList(items: readonly Syntax[], context: Context): Part {
  const parts = items.map((item) => compilePart(item, context));
  return { run: (frame) => parts.map((part) => part.run(frame)), kind: "list" };
}

function compileMap(entries: readonly (readonly [Syntax, Syntax])[], context: Context): Part {
  const parts = entries.map(([key, value]) => {
    const name = compilePart(key, context);
    requireKind(name, ["string"], { at: key.at, what: "a key" });
    return [name, compilePart(value, context)] as const;
  });
  const run = (frame: Frame): unknown => {
    const made = new Map<string, unknown>();
    for (const [key, value] of parts) {
      const name = key.run(frame);
      if (typeof name !== "string") throw new EvaluationFault(`a key must be a string, got a ${kindOf(name)}`);
      if (made.has(name)) throw new EvaluationFault("a key appears twice");
      if (name === "__proto__") throw new EvaluationFault('the key "__proto__" is reserved');
      made.set(name, value.run(frame));
    }
    return Object.fromEntries(made);
  };
  return { run, kind: "map" };
}

function compileUnary(operator: "not" | "minus", operand: Syntax, context: Context): Part {
  const of = compilePart(operand, context);
  if (operator === "not") {
    requireKind(of, ["boolean"], { at: operand.at, what: '"!"' });
    return { run: (frame) => !truthOf(of.run(frame)), kind: "boolean" };
  }
  requireKind(of, ["number"], { at: operand.at, what: '"-"' });
  const run = (frame: Frame): number => {
    const value = of.run(frame);
    if (typeof value !== "number") throw new EvaluationFault(`"-" needs a number, got a ${kindOf(value)}`);
    return finite(0 - value);
  };
  return { run, kind: "number" };
}

function compileChoice(condition: Syntax, branches: readonly [Syntax, Syntax], context: Context): Part {
  const test = compilePart(condition, context);
  requireKind(test, ["boolean"], { at: condition.at, what: '"?"' });
  const [first, second] = [compilePart(branches[0], context), compilePart(branches[1], context)];
  return {
    run: (frame) => (truthOf(test.run(frame)) ? first : second).run(frame),
    kind: first.kind === second.kind ? first.kind : "any",
  };
}

function compileCall(call: CallSyntax, context: Context): Part {
  const { name, target, at } = call;
  const macro = compileMacro(call, context);
  if (macro !== undefined) return macro;
  if (target === undefined) return compileFunction(call, ruleOf(FUNCTIONS, name, { at, wanted: `${name}()` }), context);
  const namespaced = target.kind === "name" ? `${target.name}.${name}` : "";
  const isNamespace =
    target.kind === "name" && !context.variables.includes(target.name) && !context.locals.includes(target.name);
  if (isNamespace && Object.hasOwn(FUNCTIONS, namespaced)) {
    return compileFunction(
      { ...call, name: namespaced, target: undefined },
      ruleOf(FUNCTIONS, namespaced, { at, wanted: namespaced }),
      context,
    );
  }
  return compileFunction(call, ruleOf(METHODS, name, { at, wanted: `.${name}()` }), context);
}

type Rules = Readonly<Record<string, FunctionRule>>;

function ruleOf(rules: Rules, name: string, { at, wanted }: { at: number; wanted: string }): FunctionRule {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule !== undefined) return rule;
  const other = rules === METHODS ? FUNCTIONS : METHODS;
  const form = rules === METHODS ? `call it as ${name}(…)` : `call it as value.${name}(…)`;
  const remedy = Object.hasOwn(other, name)
    ? form
    : suggestion(name, Object.keys(rules), "see the list of functions in the README");
  throw new SyntaxFlaw(`unknown function ${wanted}; ${remedy}`, at);
}

function compileFunction(call: CallSyntax, rule: FunctionRule, context: Context): Part {
  const operands = call.target === undefined ? call.args : [call.target, ...call.args];
  const own = call.target === undefined ? 0 : 1;
  const most = rule.repeats === true ? Infinity : rule.params.length;
  const least = rule.params.length - (rule.optional ?? 0);
  if (operands.length < least || operands.length > most) {
    const expected = least === most ? `${least - own}` : `${least - own} or more`;
    throw new SyntaxFlaw(`${call.name}() takes ${expected} arguments, got ${call.args.length}`, call.at);
  }
  const parts = operands.map((operand, place) => {
    const part = compilePart(operand, context);
    const kinds = present(rule.params[Math.min(place, rule.params.length - 1)]);
    requireKind(part, kinds, { at: operand.at, what: `${call.name}()` });
    return { part, kinds };
  });
  const run = (frame: Frame): unknown => {
    const args = parts.map(({ part, kinds }) => {
      const value = part.run(frame);
      const kind = kindOf(value);
      if (kinds.includes("any") || kinds.includes(kind)) return value;
      throw new EvaluationFault(`${call.name}() needs ${named(kinds)}, got ${named([kind])}`);
    });
    return rule.run(args, frame.meter);
  };
  return { run, kind: rule.returns };
}
