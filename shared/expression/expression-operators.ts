import type { Context, Frame, Part } from "./expression-parts.ts";
import type { Syntax } from "./expression-syntax.ts";
import { SyntaxFlaw } from "./expression-tokens.ts";
import { add, compare, compute, isEqual, isIn, type Kind, tolerate, truthOf } from "./expression-values.ts";

type Binary = Extract<Syntax, { kind: "binary" }>;

/** Compiles `left op right`. @throws {SyntaxFlaw} the operands can never fit the operator. */
export function compileBinary(syntax: Binary, context: Context): Part {
  const { op, sides } = syntax;
  if (op === "-") refuseSplitName(sides, context);
  const left = context.compile(sides[0], context);
  const right = context.compile(sides[1], context);
  checkKinds(syntax, left.kind, right.kind);
  switch (op) {
    case "||":
    case "&&":
      return { run: shortcut(left, right, op === "||"), kind: "boolean" };
    case "==":
      return { run: (frame) => isEqual(left.run(frame), right.run(frame), frame.meter), kind: "boolean" };
    case "!=":
      return { run: (frame) => !isEqual(left.run(frame), right.run(frame), frame.meter), kind: "boolean" };
    case "in":
      return { run: (frame) => isIn(left.run(frame), right.run(frame), frame.meter), kind: "boolean" };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return { run: (frame) => compare([left.run(frame), right.run(frame)], op, frame.meter), kind: "boolean" };
    case "+":
      return {
        run: (frame) => add(left.run(frame), right.run(frame), frame.meter),
        kind: left.kind === "any" ? right.kind : left.kind,
      };
    default:
      return { run: (frame) => compute(left.run(frame), right.run(frame), op), kind: "number" };
  }
}

/** `outputs.find-data` is a subtraction to the grammar, and a task to its author. */
function refuseSplitName([left, right]: Binary["sides"], { variables, locals }: Context): void {
  const name = rootOf(right);
  if (left.kind !== "member" || name.kind !== "name" || variables.includes(name.name) || locals.includes(name.name))
    return;
  throw new SyntaxFlaw(`for a name with a dash write ["${left.field}-${name.name}"]`, left.at);
}

function rootOf(syntax: Syntax): Syntax {
  return syntax.kind === "member" || syntax.kind === "index" ? rootOf(syntax.of) : syntax;
}

const ORDERED: readonly Kind[] = ["number", "string", "boolean"];
const ADDABLE: readonly Kind[] = ["number", "string", "list"];

function checkKinds({ op, at, sides }: Binary, left: Kind, right: Kind): void {
  if (op === "==" || op === "!=") return;
  if (op === "in") {
    if (["any", "list", "map"].includes(right)) return;
    throw new SyntaxFlaw(`"in" needs a list or a map, got a ${right}`, sides[1].at);
  }
  const allowed = op === "||" || op === "&&" ? ["boolean"] : op === "+" ? ADDABLE : isOrder(op) ? ORDERED : ["number"];
  const fits = (kind: Kind): boolean => kind === "any" || allowed.includes(kind);
  const agree = left === right || left === "any" || right === "any";
  if (agree && fits(left) && fits(right)) return;
  throw new SyntaxFlaw(`"${op}" does not go with a ${left} and a ${right}`, at);
}

const isOrder = (op: string): boolean => ["<", "<=", ">", ">="].includes(op);

/** One side that decides is enough, even when the other cannot be evaluated: CEL's rule, in both directions. */
function shortcut(left: Part, right: Part, deciding: boolean): (frame: Frame) => boolean {
  return (frame) => {
    let first: boolean;
    try {
      first = truthOf(left.run(frame));
    } catch (error) {
      const fault = tolerate(error, frame.meter);
      if (truthOf(right.run(frame)) !== deciding) throw fault;
      return deciding;
    }
    return first === deciding ? deciding : truthOf(right.run(frame));
  };
}
