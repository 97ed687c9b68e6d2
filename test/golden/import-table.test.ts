import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** What files of one area may import: areas of ours, and packages. STYLE.md §2; the first row that fits counts. */
interface Row {
  readonly from: RegExp;
  readonly ours: readonly RegExp[];
  readonly packages: readonly RegExp[];
}

const PURE = [/^shared\/(schemas|events)\//, /^shared\/(errors|limits)\.ts$/];
const CORE = [...PURE, /^shared\/(domain|compiler)\//];
const SHARED = [/^shared\//];
const AWS = [/^@aws-sdk\//, /^@aws-lambda-powertools\//, /^@middy\//, /^aws-lambda$/];
const LOCAL_TOOLS = [/^zod$/, /^node:/, /^jose$/];

const TABLE: readonly Row[] = [
  // `node:net` for its address arithmetic (cidr in event patterns); it opens no connection there.
  { from: /^shared\/events\/event-pattern-tests\.ts$/, ours: PURE, packages: [/^node:net$/] },
  { from: /^shared\/(schemas|events|errors\.ts|limits\.ts)/, ours: PURE, packages: [/^zod$/] },
  {
    from: /^shared\/(domain|compiler)\//,
    ours: CORE,
    packages: [/^zod$/, /^yaml$/, /^node:crypto$/],
  },
  {
    from: /^shared\/(aws|runtime|http|a2a|config\.ts)/,
    ours: SHARED,
    packages: [...AWS, /^zod$/, /^jose$/, /^lru-cache$/, /^ipaddr\.js$/, /^@a2a-js\/sdk/, /^node:/],
  },
  { from: /^functions\//, ours: SHARED, packages: [...AWS, /^zod$/, /^jose$/, /^node:/] },
  {
    from: /^infra\/local\/agents\//,
    ours: [/^infra\/local\/agents\//],
    packages: [...LOCAL_TOOLS, /^@a2a-js\/sdk/, /^a2a-sdk-0\.[23]/, /^express$/],
  },
  {
    from: /^infra\/local\/start(\/|\.ts)/,
    ours: [/^infra\/local\//, /^infra\/cli\/(client|view)\//],
    packages: LOCAL_TOOLS,
  },
  {
    from: /^infra\/local\//,
    // How EventBridge matches patterns is AWS's knowledge, not the domain's; functions need it as well, and one copy.
    ours: [/^infra\/local\//, /^shared\/events\/event-pattern(-tests)?\.ts$/],
    packages: [...LOCAL_TOOLS, /^fauxqs$/],
  },
  { from: /^infra\/cli\//, ours: [...CORE, /^infra\/cli\//], packages: [...LOCAL_TOOLS, /^commander$/] },
  {
    from: /^infra\//,
    ours: [...CORE, /^infra\/(?!local|cli)/],
    packages: [/^aws-cdk-lib/, /^constructs$/, /^cdk-nag$/, /^esbuild$/, /^node:/],
  },
];

const files = ["shared", "functions", "infra"].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`),
);

/** Specifiers of static and dynamic imports and re-exports. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  const pattern = /(?:^|[\s;])(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map(([, fixed, lazy]) => fixed ?? lazy ?? "");
}

function breaches(file: string): string[] {
  const row = TABLE.find(({ from }) => from.test(file));
  if (row === undefined) return [`${file} belongs to no row of the import table`];
  return importsOf(file).flatMap((specifier) => {
    const isOurs = specifier.startsWith(".");
    const target = isOurs ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
    const allowed = isOurs ? row.ours : row.packages;
    const isOwnFunction = isOurs && file.startsWith("functions/") && target.startsWith(folderOf(file));
    return isOwnFunction || allowed.some((pattern) => pattern.test(target)) ? [] : [`${file} imports ${target}`];
  });
}

const folderOf = (file: string): string => `${file.split("/").slice(0, 2).join("/")}/`;

describe("the import table", () => {
  it("holds for every file", () => {
    expect(files.flatMap(breaches)).toEqual([]);
  });

  it("sees what files import", () => {
    expect(importsOf("shared/schemas/plan.ts")).toEqual(["zod", "./workflow-definition.ts"]);
  });

  it.each([
    { file: "shared/domain/agent-demand.ts", reach: /Date\.now|new Date\(\)|Math\.random|process\.env|randomUUID/ },
  ])("keeps clock, chance and environment out of the core", ({ reach }) => {
    const core = files.filter((file) => /^shared\/(domain|compiler|schemas|events)\//.test(file));
    expect(core.filter((file) => reach.test(readFileSync(path.join(ROOT, file), "utf8")))).toEqual([]);
  });
});
