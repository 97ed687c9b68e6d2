import { invalid } from "../refusal.ts";
import { addNumbers, negate } from "../values/decimal.ts";
import type { Item, TypeName, Value } from "../values/value.ts";
import { isList, isNumber, typeOf, ValueSet } from "../values/value.ts";
import { cached } from "./cached.ts";
import { namesIn } from "./condition-syntax.ts";
import { ItemDraft } from "./item-draft.ts";
import type { Path } from "./path.ts";
import { findClash, resolvePath, valueAt } from "./path.ts";
import type { Mentions, Scope } from "./scope.ts";
import type { Action, Term } from "./update-syntax.ts";
import { mentionsIn, readUpdate } from "./update-syntax.ts";

/** An update, ready to be applied to many items. */
export interface CompiledUpdate extends Mentions {
  readonly actions: readonly Action[];
}

export const compileUpdate = cached((text: string): CompiledUpdate => {
  const actions = readUpdate(text);
  const mentions = actions.map(({ term }) => mentionsIn(term));
  const names = [...actions.flatMap(({ target }) => namesIn(target)), ...mentions.flatMap(({ names }) => names)];
  return { actions, names: new Set(names), values: new Set(mentions.flatMap(({ values }) => values)) };
});

/** Where an update writes. @throws {DynamoRefusal} two places overlap, or a given value is of a wrong type. */
export function updateTargets({ actions }: CompiledUpdate, scope: Scope): readonly Path[] {
  const targets = actions.map(({ target }) => resolvePath(target, scope));
  const clash = findClash(targets);
  if (clash !== undefined) throw invalid(`Invalid UpdateExpression: ${clash}`);
  for (const action of actions) checkGiven(action, scope);
  return targets;
}

interface Change {
  readonly action: Action;
  readonly path: Path;
  readonly value: Value | undefined;
}

/**
 * The item after the update. What it reads, it reads from the item as it was.
 *
 * @throws {DynamoRefusal} what it reads is not there or of a wrong type, or a path leads nowhere.
 */
export function applyUpdate({ actions }: CompiledUpdate, item: Item, scope: Scope): Item {
  const changes = actions.map((action): Change => {
    const path = resolvePath(action.target, scope);
    return { action, path, value: newValue(action, item, scope) };
  });
  const draft = new ItemDraft(item);
  const removals: Path[] = [];
  for (const { action, path, value } of changes) {
    if (value !== undefined) draft.set(path, value);
    else if (action.clause === "REMOVE" || valueAt(item, action.target, scope) !== undefined) removals.push(path);
  }
  // Later elements of a list go first: indices are those of the item as it was.
  for (const path of removals.toSorted(byLastIndex)) draft.remove(path);
  return draft.item;
}

const byLastIndex = (a: Path, b: Path): number => lastIndex(b) - lastIndex(a);
const lastIndex = (path: Path): number => {
  const last = path.at(-1);
  return typeof last === "number" ? last : -1;
};

/** `undefined` removes the attribute. */
function newValue({ clause, target, term }: Action, item: Item, scope: Scope): Value | undefined {
  if (term === undefined) return undefined;
  if (clause === "SET") return valueOf(term, item, scope);
  const old = valueAt(item, target, scope);
  const given = valueOf(term, item, scope);
  return clause === "ADD" ? added(old, given) : without(old, given);
}

function valueOf(term: Term, item: Item, scope: Scope): Value {
  switch (term.kind) {
    case "value":
      return scope.value(term.name);
    case "path":
      return present(valueAt(item, term.path, scope));
    case "if_not_exists": {
      const old = valueAt(item, term.path, scope);
      return old === undefined ? valueOf(term.otherwise, item, scope) : old;
    }
    case "list_append": {
      const [first, second] = [valueOf(term.first, item, scope), valueOf(term.second, item, scope)];
      if (!isList(first) || !isList(second)) throw wrongType();
      return [...first, ...second];
    }
    case "+":
    case "-": {
      const [left, right] = [valueOf(term.left, item, scope), valueOf(term.right, item, scope)];
      if (!isNumber(left) || !isNumber(right)) throw wrongType();
      return addNumbers(left, term.kind === "+" ? right : negate(right));
    }
    default:
      return term satisfies never;
  }
}

function present(value: Value | undefined): Value {
  if (value === undefined)
    throw invalid("The provided expression refers to an attribute that does not exist in the item");
  return value;
}

function added(old: Value | undefined, given: Value): Value {
  if (old === undefined) return given;
  if (isNumber(old) && isNumber(given)) return addNumbers(old, given);
  if (!(old instanceof ValueSet && given instanceof ValueSet) || old.kind !== given.kind) throw wrongType();
  return new ValueSet(old.kind, new Map([...old.members, ...given.members]));
}

function without(old: Value | undefined, given: Value): Value | undefined {
  if (old === undefined) return undefined;
  if (!(old instanceof ValueSet && given instanceof ValueSet) || old.kind !== given.kind) throw wrongType();
  const left = new Map([...old.members].filter(([key]) => !given.members.has(key)));
  return left.size === 0 ? undefined : new ValueSet(old.kind, left);
}

const wrongType = (): Error => invalid("An operand in the update expression has an incorrect data type");

const SETS: readonly TypeName[] = ["SS", "NS", "BS"];

/** Types of given values, which do not depend on the item. */
function checkGiven({ clause, term }: Action, scope: Scope): void {
  if (term === undefined) return;
  if (clause === "SET") return checkTerm(term, scope);
  const allowed: readonly TypeName[] = clause === "ADD" ? ["N", ...SETS] : SETS;
  checkOperand({ term, operator: clause, allowed, scope });
}

function checkTerm(term: Term, scope: Scope): void {
  if (term.kind === "value" || term.kind === "path") return;
  if (term.kind === "if_not_exists") return checkTerm(term.otherwise, scope);
  const isAppend = term.kind === "list_append";
  const operands = isAppend ? [term.first, term.second] : [term.left, term.right];
  const allowed: readonly TypeName[] = isAppend ? ["L"] : ["N"];
  for (const operand of operands) {
    checkTerm(operand, scope);
    checkOperand({ term: operand, operator: term.kind, allowed, scope });
  }
}

interface CheckedOperand {
  readonly term: Term;
  readonly operator: string;
  readonly allowed: readonly TypeName[];
  readonly scope: Scope;
}

function checkOperand({ term, operator, allowed, scope }: CheckedOperand): void {
  if (term.kind !== "value") return;
  const type = typeOf(scope.value(term.name));
  if (allowed.includes(type)) return;
  throw invalid(
    `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
  );
}
