import { mkdirSync } from "node:fs";
import path from "node:path";
import { source as axeSource } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { browserPath, type WatchedPage } from "./support/browser.ts";
import { openWorld } from "./support/world.ts";

const PICTURES = process.env["BROWSER_PICTURES"];

/** Pages, the words that show that one is there, and what to open first where an address alone does not lead to it. */
const PAGES = [
  { name: "overview", address: "", heading: "Overview" },
  { name: "executions", address: "executions", heading: "Executions" },
  { name: "executions, filtered to nothing", address: "executions?status=queued&q=nothing", heading: "Executions" },
  { name: "execution", address: "executions/RUN", heading: "quarterly-close" },
  { name: "execution, a task selected", address: "executions/RUN?task=score-feed", heading: "quarterly-close" },
  { name: "execution, details", address: "executions/RUN?task=sign-off&tab=details", heading: "quarterly-close" },
  { name: "execution, levels", address: "executions/RUN?view=levels", heading: "quarterly-close" },
  { name: "execution, timeline", address: "executions/RUN?tab=timeline", heading: "quarterly-close" },
  { name: "execution, events", address: "executions/RUN?tab=events", heading: "quarterly-close" },
  { name: "execution, checkpoints", address: "executions/RUN?tab=checkpoints", heading: "quarterly-close" },
  { name: "execution, audit", address: "executions/RUN?tab=audit", heading: "quarterly-close" },
  { name: "execution, failed", address: "executions/FAILED", heading: "broken" },
  { name: "workflows", address: "workflows", heading: "Workflows" },
  { name: "workflow", address: "workflows/quarterly-close", heading: "quarterly-close" },
  { name: "agents", address: "agents", heading: "Agents" },
  { name: "agent", address: "agents/agent-loopback", heading: "agent-loopback" },
  { name: "queues", address: "queues", heading: "Queues" },
  { name: "incidents", address: "incidents", heading: "Incidents" },
  { name: "incident", address: "incidents/INCIDENT", heading: "the loopback agent answers late" },
  { name: "inbox", address: "inbox", heading: "Inbox" },
] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds, by the rules of WCAG 2.2 AA and best practice, in short. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const found: readonly Violation[] = await page.evaluate("axe.run().then(({ violations }) => violations)");
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** By how many pixels the page is wider than its window. */
const overflowOf = (page: Page): Promise<number> => page.evaluate("document.documentElement.scrollWidth - innerWidth");

describe.skipIf(browserPath === undefined)("every page", () => {
  const world = openWorld();
  const ids = { RUN: "", FAILED: "", INCIDENT: "" };
  beforeAll(async () => {
    ids.FAILED = await world.client.submit("broken");
    ids.RUN = await world.client.submit("quarterly-close");
    const trouble = { incident_type: "agent_failure", severity: "high", description: "the loopback agent answers late", context: { agent_id: "agent-loopback" } };
    ids.INCIDENT = z.object({ incident_id: z.string() }).parse((await world.cloud.call("POST", "/api/v1/incidents", trouble)).body).incident_id;
    await world.client.finished(ids.FAILED);
    await world.client.reaches(ids.RUN, "sign-off", "parked");
    await world.client.reaches(ids.RUN, "choose-colour", "input_required");
  });

  const looks = (["light", "dark"] as const).flatMap((theme) => [1280, 390].map((width) => ({ theme, width })));
  const cases = PAGES.flatMap((page) => looks.map((look) => ({ ...page, ...look })));

  /** One window for each look; every case loads its address anew. */
  const windows = new Map<string, WatchedPage>();
  const windowFor = async (theme: "light" | "dark", width: number): Promise<WatchedPage> => {
    const key = `${theme} ${width}`;
    const known = windows.get(key) ?? (await world.open("", { theme, width }));
    windows.set(key, known);
    return known;
  };

  it.each(cases)("$name in $theme at $width px is whole, quiet and open to everybody", async ({ name, address, heading, theme, width }) => {
    const { page, complaints } = await windowFor(theme, width);
    complaints.length = 0;
    await page.goto(world.address(address.replace("RUN", ids.RUN).replace("FAILED", ids.FAILED).replace("INCIDENT", ids.INCIDENT)));
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await expect.poll(() => page.getByRole("status", { name: "Loading" }).count()).toBe(0);
    await page.evaluate("document.fonts.ready.then(() => true)");
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(page.url()).not.toContain("token");
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: path.join(PICTURES, `${name.replaceAll(/\W+/g, "-")}-${theme}-${width}.png`) });
    }
  });

  it("fits a wall of 2560 px as well", async () => {
    const { page, context } = await world.open(`executions/${ids.RUN}`, { theme: "dark", width: 2560 });
    await page.getByRole("treeitem", { name: /^sign-off/ }).waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await context.close();
  });
});
