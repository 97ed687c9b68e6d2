import { describe, expect, it } from "vitest";
import { files, importsOf, readSource, targetOf, valueImportsOf } from "./source-files.ts";

/** What files of one area may import: areas of ours, and packages. The first row that fits counts. */
interface Row {
  readonly from: RegExp;
  readonly ours: readonly RegExp[];
  readonly packages: readonly RegExp[];
}

const CORE = [/^shared\/core\//];
const EVENTS = [/^shared\/events\//];
/** What everybody stands on without touching the world. */
const BASE = [...CORE, ...EVENTS, /^shared\/expression\//];
/** How agents work together: pure folds that definitions, plans and the engine stand on. */
const PATTERNS = /^shared\/patterns\//;
const SUBJECTS = /^shared\/(privacy|workflow|agents|execution|endpoint|hooks|sessions|analytics|incidents|ledger)\//;
/** Rules of a subject: pure unless they lie in a store or are a use case. */
const USE_CASES = /^shared\/(\w+\/store|agents\/(pool|calls|onboarding)|execution\/(runtime|attempt|dispatch|pattern|run|control)|endpoint\/tasks|hooks\/delivery|sessions\/control|incidents\/(control|channels)|ledger\/(chain|sending|reading))\//;
/** What replies look like: read by clients of the API as well, so nothing that touches the world. */
const VIEWS = /^shared\/\w+\/views\//;
const AWS_SHARED = [/^shared\/(aws|http|a2a)\//];
const AWS = [/^@aws-sdk\//, /^@aws-lambda-powertools\//, /^@middy\//, /^aws-lambda$/];
const LOCAL_TOOLS = [/^zod$/, /^node:/, /^jose$/];

/** What runs in a browser: it takes types of replies and nothing else of ours, and no package but the two it is drawn with. */
const PAGE = /^functions\/serve-dashboard\/page\//;
/** The one rule that the page shares with the audit: what an event makes of a task. It stands on nothing. */
const SHARED_WITH_PAGE = "shared/execution/audit/state-after.ts";

const ETHERS = /^ethers$/;
const GRAPHLIB = /^@dagrejs\/graphlib$/;

const TABLE: readonly Row[] = [
  { from: /^shared\/core\//, ours: CORE, packages: [/^zod$/, /^lru-cache$/, /^node:crypto$/] },
  // `node:net` for its address arithmetic (cidr in event patterns); it opens no connection there.
  { from: /^shared\/events\//, ours: [...CORE, ...EVENTS], packages: [/^zod$/, /^lru-cache$/, /^node:net$/] },
  { from: /^shared\/expression\//, ours: BASE, packages: [/^zod$/, /^lru-cache$/] },
  { from: PATTERNS, ours: [...BASE, PATTERNS], packages: [/^zod$/] },
  {
    from: /^shared\/(aws|http|a2a)\//,
    ours: [...CORE, ...EVENTS, ...AWS_SHARED],
    packages: [...AWS, /^zod$/, /^jose$/, /^lru-cache$/, /^ipaddr\.js$/, /^eventsource-parser$/, /^@a2a-js\/sdk/, /^node:/],
  },
  {
    from: VIEWS,
    ours: [...CORE, ...EVENTS, PATTERNS, SUBJECTS],
    packages: [/^zod$/],
  },
  {
    // The one subject that speaks with a chain.
    from: /^shared\/ledger\/(chain|sending|reading)\//,
    ours: [...BASE, PATTERNS, ...AWS_SHARED, SUBJECTS],
    packages: [...AWS, /^zod$/, ETHERS],
  },
  { from: /^shared\/ledger\/(?!store|views)/, ours: [...BASE, PATTERNS, SUBJECTS], packages: [/^zod$/, ETHERS] },
  {
    from: USE_CASES,
    ours: [...BASE, PATTERNS, ...AWS_SHARED, SUBJECTS],
    packages: [...AWS, /^zod$/, /^jose$/, /^lru-cache$/, /^@a2a-js\/sdk/, /^node:/],
  },
  {
    // What A2A itself says is read here as the client and the API read it; it knows no subject, the endpoint's own neither.
    from: /^shared\/endpoint\/wire\//,
    ours: [...CORE, /^shared\/(http|a2a)\//, /^shared\/endpoint\/wire\//],
    packages: [/^zod$/],
  },
  { from: SUBJECTS, ours: [...BASE, PATTERNS, SUBJECTS], packages: [/^zod$/, /^yaml$/, /^re2js$/, GRAPHLIB, /^node:crypto$/] },
  { from: PAGE, ours: [VIEWS, /^shared\/core\/caller-view\.ts$/, new RegExp(`^${SHARED_WITH_PAGE}$`)], packages: [/^preact(\/hooks)?$/, /^@preact\/signals$/, /^zod$/] },
  { from: /^functions\//, ours: [/^shared\//], packages: [...AWS, /^zod(-openapi)?$/, /^jose$/, /^node:/] },
  {
    from: /^infra\/local\/agents\//,
    ours: [/^infra\/local\/agents\//],
    packages: [...LOCAL_TOOLS, /^@a2a-js\/sdk/, /^a2a-sdk-0\.[23]/, /^express$/],
  },
  {
    from: /^infra\/local\/start(\/|\.ts)/,
    ours: [/^infra\/local\//, /^infra\/cli\/(client|view)\//, VIEWS],
    packages: LOCAL_TOOLS,
  },
  {
    // What functions get in place of the SDK's clients: its commands and exceptions stay the SDK's.
    from: /^infra\/local\/clients\//,
    ours: [/^infra\/local\//],
    packages: [...LOCAL_TOOLS, /^@aws-sdk\//],
  },
  {
    from: /^infra\/local\//,
    // How EventBridge matches patterns is AWS's knowledge, not the domain's; functions need it as well, and one copy.
    ours: [/^infra\/local\//, /^shared\/events\/event-pattern(-tests|-index)?\.ts$/],
    packages: [...LOCAL_TOOLS, /^fauxqs$/, /^ws$/],
  },
  {
    from: /^infra\/cli\//,
    ours: [...BASE, PATTERNS, SUBJECTS, /^infra\/cli\//],
    packages: [...LOCAL_TOOLS, GRAPHLIB, /^commander$/, /^eventsource-parser$/],
  },
  {
    from: /^infra\//,
    ours: [...BASE, PATTERNS, SUBJECTS, /^infra\/(?!local|cli)/],
    packages: [/^aws-cdk-lib/, /^constructs$/, /^cdk-nag$/, /^esbuild$/, /^solc$/, /^zod$/, /^node:/],
  },
];

function breaches(file: string): string[] {
  const row = TABLE.find(({ from }) => from.test(file));
  if (row === undefined) return [`${file} belongs to no row of the import table`];
  return importsOf(file).flatMap((specifier) => {
    const isOurs = specifier.startsWith(".");
    const target = targetOf(file, specifier);
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

  it("points no subject backwards: definitions stand on no other, agents on definitions", () => {
    const subjectsBelow = (folder: string): string[] => {
      const own = files.filter((file) => file.startsWith(`shared/${folder}/`));
      const targets = own.flatMap((file) => importsOf(file).map((name) => targetOf(file, name)));
      return [...new Set(targets.flatMap((target) => SUBJECTS.exec(target)?.[1] ?? []))].toSorted();
    };
    expect(subjectsBelow("workflow")).toEqual(["workflow"]);
    expect(subjectsBelow("agents")).toEqual(["agents", "workflow"]);
  });

  it("leads the command line and the views to no AWS SDK, not even by way of others", () => {
    const roots = files.filter((file) => file === "infra/cli/main.ts" || VIEWS.test(file));
    const reached = new Set(roots);
    for (const file of reached) {
      for (const specifier of valueImportsOf(file)) {
        if (specifier.startsWith(".")) reached.add(targetOf(file, specifier));
      }
    }
    expect(reached.size).toBeGreaterThan(50);
    const isAws = (specifier: string): boolean => AWS.some((pattern) => pattern.test(specifier));
    expect([...reached].filter((file) => valueImportsOf(file).some(isAws))).toEqual([]);
  });

  it("brings nothing of ours into the browser but the page itself and one rule that imports nothing, and no zod", () => {
    const page = files.filter((file) => PAGE.test(file));
    expect(page.length).toBeGreaterThan(50);
    const brought = page.flatMap((file) => valueImportsOf(file).map((specifier) => [file, targetOf(file, specifier)] as const));
    const strangers = brought.filter(([, target]) => !PAGE.test(target) && target !== SHARED_WITH_PAGE && !/^(preact|@preact\/signals)/.test(target));
    expect(strangers).toEqual([]);
    expect(valueImportsOf(SHARED_WITH_PAGE)).toEqual([]);
  });

  it("keeps the function that serves the page from the page's own sources", () => {
    const server = files.filter((file) => file.startsWith("functions/serve-dashboard/") && !PAGE.test(file));
    expect(server.flatMap((file) => importsOf(file).map((name) => targetOf(file, name))).filter((target) => PAGE.test(target))).toEqual([]);
  });

  it("sees what files import", () => {
    const definitions = ["../definition/task-definition.ts", "../definition/workflow-definition.ts"];
    const others = ["../../core/ids.ts", "../../patterns/pattern-use.ts"];
    expect(importsOf("shared/workflow/plan/plan.ts")).toEqual(["zod", ...definitions, ...others]);
  });

  it("keeps clock, chance and environment out of the rules", () => {
    const reach = /Date\.now|new Date\(\)|Math\.random|process\.env|randomUUID/;
    const touchesWorld = /^shared\/(aws|http|a2a)\//;
    const rules = files.filter((file) => file.startsWith("shared/") && !USE_CASES.test(file) && !touchesWorld.test(file));
    const tempted = rules.filter((file) => reach.test(readSource(file)));
    expect(tempted.filter((file) => file !== "shared/core/config.ts")).toEqual([]);
  });
});
