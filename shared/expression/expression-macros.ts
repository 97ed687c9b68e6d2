import { type Context, type Frame, type Part, requireKind } from "./expression-parts.ts";
import type { CallSyntax, Syntax } from "./expression-syntax.ts";
import { SyntaxFlaw } from "./expression-tokens.ts";
import { EvaluationFault, isList, isMap, keysOf, kindOf, type Meter, tolerate, truthOf } from "./expression-values.ts";
import { present } from "../core/present.ts";

/** What a macro does with the elements of a list, or with the keys of a map. */
interface Fold {
  readonly elements: readonly unknown[];
  /** Evaluates the macro's first, or its second part for an element. */
  readonly test: (element: unknown) => boolean;
  readonly give: (element: unknown) => unknown;
  readonly meter: Meter;
}

const MACROS = {
  all: { kind: "boolean", run: (fold: Fold) => !decides(fold, false) },
  exists: { kind: "boolean", run: (fold: Fold) => decides(fold, true) },
  exists_one: { kind: "boolean", run: ({ elements, test }: Fold) => elements.filter(test).length === 1 },
  filter: { kind: "list", run: ({ elements, test }: Fold) => elements.filter(test) },
  map: { kind: "list", run: ({ elements, give }: Fold) => elements.map(give) },
} as const;

/** Whether the test gives `wanted` for one element; a fault of another does not matter then. */
function decides({ elements, test, meter }: Fold, wanted: boolean): boolean {
  let fault: EvaluationFault | undefined;
  for (const element of elements) {
    try {
      if (test(element) === wanted) return true;
    } catch (error) {
      fault = tolerate(error, meter);
    }
  }
  if (fault !== undefined) throw fault;
  return false;
}

const isMacro = (name: string): name is keyof typeof MACROS => Object.hasOwn(MACROS, name);

/** Compiles `has`, `all`, `exists`, `exists_one`, `filter` and `map`; nothing for other calls. @throws {SyntaxFlaw} */
export function compileMacro(call: CallSyntax, context: Context): Part | undefined {
  if (call.target === undefined) return call.name === "has" ? compileHas(call, context) : undefined;
  return isMacro(call.name) ? compileFold(call.name, { ...call, target: call.target }, context) : undefined;
}

/** `has(a.b.c)` asks for the last field only; what comes before must be there. */
function compileHas({ args, at }: CallSyntax, context: Context): Part {
  const [path, ...more] = args;
  const field = path?.kind === "member" ? path.field : path?.kind === "index" ? textOf(path.index) : undefined;
  if (path === undefined || !("of" in path) || field === undefined || more.length > 0) {
    throw new SyntaxFlaw("has() takes one field, such as has(outputs.find.count)", at);
  }
  context.compile(path, context);
  const of = context.compile(path.of, { ...context, references: [] });
  const run = (frame: Frame): boolean => {
    const value = of.run(frame);
    if (isMap(value)) return Object.hasOwn(value, field);
    throw new EvaluationFault(`a ${kindOf(value)} has no field "${field}"`);
  };
  return { run, kind: "boolean" };
}

function textOf(syntax: Syntax): string | undefined {
  return syntax.kind === "literal" && typeof syntax.value === "string" ? syntax.value : undefined;
}

function compileFold(name: keyof typeof MACROS, call: CallSyntax & { target: Syntax }, context: Context): Part {
  const [variable, ...bodies] = call.args;
  const most = name === "map" ? 2 : 1;
  if (variable?.kind !== "name" || bodies.length < 1 || bodies.length > most) {
    throw new SyntaxFlaw(`write .${name}(x, …) with a name for the element and one expression over it`, call.at);
  }
  const of = context.compile(call.target, context);
  requireKind(of, ["list", "map"], { at: call.target.at, what: `.${name}()` });
  const inner = { ...context, locals: [...context.locals, variable.name] };
  const before = context.tally.parts;
  const parts = bodies.map((body) => context.compile(body, inner));
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) throw new SyntaxFlaw(`.${name}() needs an expression`, call.at);
  // `map(x, test, value)` gives values of the elements that pass.
  const isFiltered = name !== "map" || parts.length === 2;
  if (isFiltered) requireKind(first, ["boolean"], { at: present(bodies[0]).at, what: `.${name}()` });
  const slot = context.locals.length;
  const cost = context.tally.parts - before;
  const { run, kind } = MACROS[name];
  const evaluate = (frame: Frame): unknown => {
    const elements = elementsOf(of.run(frame), frame.meter);
    const at =
      (part: Part) =>
      (element: unknown): unknown => {
        frame.meter.charge(cost);
        frame.locals[slot] = element;
        return part.run(frame);
      };
    const [test, give] = [at(first), at(last)];
    const fold: Fold = { elements, test: (element) => truthOf(test(element)), give, meter: frame.meter };
    return run(isFiltered && name === "map" ? { ...fold, elements: elements.filter(fold.test) } : fold);
  };
  return { run: evaluate, kind };
}

function elementsOf(value: unknown, meter: Meter): readonly unknown[] {
  if (isList(value)) return value;
  if (isMap(value)) return keysOf(value, meter);
  throw new EvaluationFault(`a ${kindOf(value)} has no elements`);
}
