import type { Import, Modules } from "./modules.ts";

/** How many of `all` end in the top folder that they start in. */
export interface Share {
  readonly inside: number;
  readonly all: number;
}

/** `shared/aws/keys.ts` lies in `aws`; a file directly in `shared/` lies in `.`. */
const topFolderOf = (path: string): string => {
  const [, folder, ...rest] = path.split("/");
  return folder === undefined || rest.length === 0 ? "." : folder;
};

/** The relative imports of `shared/`, types included: by imported name, and by statement. */
export function sharesInside({ all }: Modules): { names: Share; statements: Share } {
  const imports = [...all.values()].flatMap((module) => module.imports);
  const statements = imports.filter(({ from }) => from.startsWith("shared/"));
  return { names: shareOf(statements.flatMap((one) => one.names.map(() => one))), statements: shareOf(statements) };
}

function shareOf(imports: readonly Import[]): Share {
  const inside = imports.filter(({ from, to }) => to.startsWith("shared/") && topFolderOf(from) === topFolderOf(to));
  return { inside: inside.length, all: imports.length };
}

/** Groups of files that import each other, types included: strongly connected components of more than one file. */
export function importCircles({ all }: Modules): readonly (readonly string[])[] {
  const next = new Map([...all].map(([path, { imports }]) => [path, targetsOf(imports)]));
  const components = stronglyConnected(next);
  return components.filter(({ length }) => length > 1).toSorted((a, b) => b.length - a.length);
}

const targetsOf = (imports: readonly Import[]): readonly string[] => [...new Set(imports.map(({ to }) => to))];

/** Tarjan's algorithm; O(files + imports). */
function stronglyConnected(next: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const components: string[][] = [];
  const lower = (node: string, to: number): unknown => low.set(node, Math.min(low.get(node) ?? to, to));
  const visit = (node: string): void => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    stack.push(node);
    for (const target of next.get(node) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) lower(node, low.get(target) ?? own);
    }
    if (low.get(node) === own) components.push(stack.splice(stack.indexOf(node)).toSorted());
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return components;
}
