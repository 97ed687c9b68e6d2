import { invalid } from "../refusal.ts";
import type { Item } from "../values/value.ts";
import { cached } from "./cached.ts";
import { namesIn } from "./condition-syntax.ts";
import type { Path, WrittenPath } from "./path.ts";
import { findClash, pick, readPath, resolvePath } from "./path.ts";
import type { Mentions, Scope } from "./scope.ts";
import { Tokens } from "./tokens.ts";

/** Which parts of items are wanted. */
export interface CompiledProjection extends Mentions {
  readonly paths: readonly WrittenPath[];
}

export const compileProjection = cached((text: string): CompiledProjection => {
  const tokens = new Tokens("ProjectionExpression", text);
  const paths = [readPath(tokens)];
  while (tokens.takes(",")) paths.push(readPath(tokens));
  tokens.end();
  return { paths, names: new Set(paths.flatMap(namesIn)), values: new Set() };
});

/** Cuts items down. @throws {DynamoRefusal} two paths overlap. */
export function projector(
  { paths }: CompiledProjection,
  scope: Scope,
): ((item: Item) => Item) & { readonly paths: readonly Path[] } {
  const resolved = paths.map((path) => resolvePath(path, scope));
  const clash = findClash(resolved);
  if (clash !== undefined) throw invalid(`Invalid ProjectionExpression: ${clash}`);
  return Object.assign((item: Item) => pick(item, resolved), { paths: resolved });
}
