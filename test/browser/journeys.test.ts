import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { waitOutHeadCaches } from "../integration/support/steered-cloud.ts";
import { browserPath, type WatchedPage } from "./support/browser.ts";
import { openWorld } from "./support/world.ts";

/** What a person sees and hears: elements by their roles and names, and nothing else. */
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const dialog = (page: Page) => page.getByRole("dialog");
const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

/** Answers the question that an act asks before it is done. */
async function confirm(page: Page, label: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await dialog(page).getByLabel(name).fill(value);
  await dialog(page).getByRole("button", { name: label, exact: true }).click();
  await dialog(page).waitFor({ state: "detached" });
}

const task = (page: Page, name: string, state: string) => page.getByRole("treeitem", { name: new RegExp(`^${name}, ${state}`) });

describe.skipIf(browserPath === undefined)("somebody at the page", () => {
  const world = openWorld();
  const windows: WatchedPage[] = [];
  const open = async (address: string): Promise<Page> => {
    const window = await world.open(address);
    windows.push(window);
    return window.page;
  };
  afterEach(async () => {
    await Promise.all(windows.splice(0).map(({ context }) => context.close()));
  });

  it("runs a workflow and watches it complete", async () => {
    const page = await open("");
    await page.getByRole("link", { name: "Workflows" }).click();
    await button(page, "Run short").click();
    await confirm(page, "Run");
    await task(page, "only", "completed").waitFor();
    await task(page, "then", "completed").waitFor();
    await sees(page, "final");
  });

  it("pauses a run and resumes it", async () => {
    const id = await world.client.submit("waits");
    const page = await open(`executions/${id}`);
    await task(page, "held", "(sent to its agent|running)").waitFor();
    await button(page, "Pause").click();
    await confirm(page, "Pause", { "Reason (optional)": "looking into it" });
    await button(page, "Resume").waitFor();
    await waitOutHeadCaches();
    await world.openGate("waits");
    await task(page, "held", "completed").waitFor();
    await button(page, "Resume").click();
    await confirm(page, "Resume");
    await task(page, "after", "completed").waitFor();
    expect((await world.client.finished(id)).status).toBe("completed");
  });

  it("approves from the inbox, and answers an agent's question where it is asked", async () => {
    const id = await world.client.submit("quarterly-close");
    await world.client.reaches(id, "sign-off", "parked");
    await world.client.reaches(id, "choose-colour", "input_required");
    const page = await open("inbox");
    await sees(page, "Do the totals look right?");
    await button(page, "Approve sign-off").click();
    await confirm(page, "Approve");
    await page.getByRole("link", { name: "choose-colour" }).click();
    await task(page, "sign-off", "completed").waitFor();
    await page.getByRole("list", { name: "Waits for a person" }).getByRole("button", { name: "Answer" }).click();
    await confirm(page, "Send the answer", { Answer: "blue" });
    await world.openGate("model");
    await task(page, "report", "completed").waitFor();
    expect((await world.client.finished(id)).status).toBe("completed");
  });

  it("takes an incident, hears why the only agent for its work is not to be quarantined, and says how it ended", async () => {
    const trouble = { incident_type: "agent_failure", severity: "high", description: "answers come late", context: { agent_id: "agent-loopback" } };
    await world.cloud.call("POST", "/api/v1/incidents", trouble);
    const page = await open("");
    await page.getByRole("link", { name: /incidents? not over/ }).click();
    await page.getByRole("link", { name: /answers come late/ }).click();
    await button(page, "Take it").click();
    await confirm(page, "Take it");
    await sees(page, "high, acknowledged");
    await button(page, "Quarantine the agent").click();
    await dialog(page).getByRole("button", { name: "Quarantine" }).click();
    // It is the only one that can do its work.
    await dialog(page).getByText(/no other agent in service can/).waitFor();
    await dialog(page).getByRole("button", { name: "Leave it" }).click();
    await button(page, "Resolve").click();
    await confirm(page, "Resolve", { "How it was resolved": "its host was restarted" });
    await sees(page, "high, resolved");
    await page.getByRole("region", { name: "Timeline" }).getByText("its host was restarted").waitFor();
  });

  it("finds why a run failed, gives the task another input, and has it go on from there", async () => {
    const id = await world.client.submit("broken");
    await world.client.finished(id);
    const page = await open("executions?status=failed");
    await page.getByRole("link", { name: /broken/ }).first().click();
    await page.getByRole("note", { name: "Why it failed" }).getByText("load").first().waitFor();
    await button(page, "Show the task").click();
    await button(page, "Rerun from here").click();
    await confirm(page, "Rerun", { "Input, as JSON": '{"behaviour": "echo"}' });
    await task(page, "load", "completed").waitFor();
    await task(page, "store", "completed").waitFor();
    expect((await world.client.finished(id)).status).toBe("completed");
  });

  it("plays a run back, and comes back to its end", async () => {
    const id = await world.client.submit("short");
    await world.client.finished(id);
    const page = await open(`executions/${id}`);
    await task(page, "then", "completed").waitFor();
    const slider = page.getByRole("slider", { name: "Moment shown" });
    await slider.focus();
    await page.keyboard.press("Home");
    await task(page, "then", "not started").waitFor();
    expect(await page.getByRole("button", { name: "Run again from the failure" }).count()).toBe(0);
    expect(page.url()).toContain("at=");
    await button(page, "Back to the end").click();
    await task(page, "then", "completed").waitFor();
  });

  it("sees what cancelling all that match would do, and only then does it", async () => {
    const ids = await Promise.all([1, 2].map(() => world.client.submit("quarterly-close")));
    const page = await open("executions?status=running&workflow=quarterly-close");
    await page.getByRole("link", { name: /quarterly-close/ }).nth(1).waitFor();
    await button(page, "Act on all that match").click();
    await dialog(page).getByLabel("What to do").selectOption("cancel");
    await dialog(page).getByRole("button", { name: "See what would happen" }).click();
    await dialog(page).getByRole("heading", { name: /^Cancel \d+ executions\?$/ }).waitFor();
    await dialog(page).getByLabel("Reason").fill("the wrong quarter");
    await dialog(page).getByRole("button", { name: /^Yes, cancel/ }).click();
    await sees(page, /^Done for/);
    for (const id of ids) expect((await world.client.finished(id)).status).toBe("cancelled");
  });

  it("holds everything back and lets go", async () => {
    const page = await open("queues");
    await button(page, "Hold everything").click();
    await confirm(page, "Hold", { Reason: "a rehearsal" });
    await page.getByRole("region", { name: "Holds" }).getByText("a rehearsal").waitFor();
    await button(page, "Release").click();
    await confirm(page, "Release");
    await sees(page, "Nothing is held back");
  });

  it("puts an agent in quarantine, releases it, and tries it", async () => {
    const page = await open("agents");
    await page.getByRole("link", { name: /agent-loopback/ }).click();
    await button(page, "Quarantine").click();
    await confirm(page, "Quarantine", { Reason: "it looks odd" });
    await sees(page, /^In quarantine since/);
    await button(page, "Release").click();
    await confirm(page, "Release", { Reason: "it was a test" });
    await button(page, "Quarantine").waitFor();
    await page.getByLabel("Message").fill('{"greeting": "hello"}');
    await button(page, "Send").click();
    await page.getByRole("region", { name: "Answer" }).getByText("hello").waitFor();
  });

  it("gets everywhere by the keyboard alone", async () => {
    const id = await world.client.submit("quarterly-close");
    await world.client.reaches(id, "sign-off", "parked");
    const page = await open("");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("Control+k");
    await expect.poll(() => page.getByRole("combobox", { name: "Search" }).evaluateAll((found) => found.length)).toBe(1);
    await page.keyboard.type("agent-loopback");
    await page.getByRole("option", { name: /agent-loopback/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "agent-loopback" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await button(page, "Approve sign-off").first().focus();
    await page.keyboard.press("Enter");
    await dialog(page).getByRole("button", { name: "Approve", exact: true }).focus();
    await page.keyboard.press("Enter");
    await world.client.reaches(id, "sign-off", "completed");
    await page.goto(world.address(`executions/${id}`));
    await task(page, "fetch-ledger", "completed").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { level: 2, name: "reconcile" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 2, name: "reconcile" }).waitFor({ state: "detached" });
  });

  it("signs in with a token, and out again", async () => {
    const window = await world.openAsStranger("agents");
    windows.push(window);
    const { page } = window;
    await page.getByLabel("Token").fill(world.cloud.connection().token);
    await button(page, "Sign in").click();
    await page.getByRole("link", { name: /agent-loopback/ }).waitFor();
    expect(window.complaints).toEqual([]);
    await page.getByText("local-admin").click();
    await button(page, "Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  it("is asked for a new token when the old one is refused, and goes on where it was", async () => {
    const { url, token } = world.cloud.connection();
    const window = await world.openAsStranger("queues#token=not-a-token");
    windows.push(window);
    const { page } = window;
    await page.getByRole("heading", { name: "Your token is no longer valid" }).waitFor();
    await page.getByLabel("Token").fill(token);
    await button(page, "Sign in").click();
    await sees(page, "Estimated wait");
    expect(page.url()).toBe(`${url}/ui/queues`);
  });

  it("loses the connection and takes up what was missed", async () => {
    const id = await world.client.submit("quarterly-close");
    const window = await world.open(`executions/${id}`);
    windows.push(window);
    const { page, context } = window;
    await task(page, "sign-off", "waits for a decision").waitFor();
    await context.setOffline(true);
    await sees(page, "reconnecting");
    await world.cloud.call("POST", `/api/v1/executions/${id}/tasks/sign-off/approve`, {});
    await context.setOffline(false);
    await task(page, "sign-off", "completed").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
  });

  // The last one: it takes the cloud down.
  it("goes on by itself when the cloud was killed and started under the open page", async () => {
    const id = await world.client.submit("quarterly-close");
    const page = await open(`executions/${id}`);
    await task(page, "sign-off", "waits for a decision").waitFor();
    await world.cloud.kill();
    await sees(page, "reconnecting");
    world.cloud.start("--no-job", "--latency-ms", "0");
    await world.cloud.ready();
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByRole("list", { name: "Waits for a person" }).getByRole("listitem").filter({ hasText: "sign-off" }).getByRole("button", { name: "Approve" }).click();
    await confirm(page, "Approve");
    await task(page, "sign-off", "completed").waitFor();
  });
});
