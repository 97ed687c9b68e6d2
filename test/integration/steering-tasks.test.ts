import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openSteeredCloud, waitOutHeadCaches } from "./support/steered-cloud.ts";
import { definitionOf, gated, type TaskShape } from "./support/workflow-client.ts";

const { cloud, client, steering, gates } = openSteeredCloud();


async function start(name: string, tasks: readonly TaskShape[]): Promise<string> {
  await client.deploy(name, tasks);
  return client.submit(name);
}

describe("fix and go on", () => {
  it("redrives with another definition of what failed", async () => {
    const name = "mended";
    const id = await start(name, [{ id: "a" }, { id: "b", depends_on: ["a"], input: { behaviour: "reject" } }]);
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    const definition = {
      workflow: definitionOf(name, [{ id: "a" }, { id: "b", depends_on: ["a"], input: { behaviour: "echo" } }]),
    };
    expect(await steering.control(id, "redrive", { definition })).toMatchObject({ run: 2 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 2 });
  });

  it("retries a task that waits for an operator", async () => {
    const id = await start("operator", [
      { id: "a", on_failure: "park", input: { behaviour: "unavailable", times: 1 }, retry_policy: { max_attempts: 1 } },
      { id: "b", depends_on: ["a"] },
    ]);
    await client.reaches(id, "a", "parked");
    const inbox = await cloud.until(async () => {
      const { body } = await cloud.call("GET", "/api/v1/inbox?kind=operator");
      const { items } = z.object({ items: z.array(z.looseObject({ execution_id: z.string() })) }).parse(body);
      return items.find(({ execution_id: execution }) => execution === id);
    }, "the task in the inbox");
    expect(inbox).toMatchObject({
      kind: "operator",
      task_id: "a",
      actions: ["retry", "skip"],
      error: { code: expect.any(String) },
    });
    await steering.task(id, "a", "retry", { reason: "it is back" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("skips one, and says in the history who did and why", async () => {
    const id = await start("skipped", [
      { id: "a", on_failure: "park", input: { behaviour: "reject" } },
      { id: "b", depends_on: ["a"] },
    ]);
    await client.reaches(id, "a", "parked");
    await steering.task(id, "a", "skip", { output: { ok: true }, reason: "by hand" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "b")).status).toBe("completed");
    const events = await client.events(id);
    expect(events.find(({ event_type: type }) => type === "workflow.controlled")).toMatchObject({
      action: "skip of 'a'",
      reason: "by hand",
      requested_by: expect.any(String),
    });
  });
});

describe("decisions", () => {
  it.each([
    { act: "approve", end: "completed" },
    { act: "reject", end: "failed" },
  ])("$act: the run is $end", async ({ act, end }) => {
    const id = await start(`decision-${act}`, [
      { id: "a" },
      { id: "ok", depends_on: ["a"], approval: { prompt: "go?" } },
      { id: "b", depends_on: ["ok"] },
    ]);
    await client.reaches(id, "ok", "parked");
    const { body } = await cloud.call("GET", "/api/v1/inbox?kind=approval");
    expect(JSON.stringify(body)).toContain(id);
    const decided = await steering.task(id, "ok", act, { reason: "so be it" });
    expect(decided).toMatchObject({ verdict: act === "approve" ? "approved" : "rejected", reason: "so be it" });
    expect(await steering.task(id, "ok", act, {})).toEqual(decided);
    expect(await client.finished(id)).toMatchObject({ status: end });
  });
});

describe("holds", () => {
  const hold = (method: string, place: object) =>
    method === "DELETE"
      ? cloud.call("DELETE", `/api/v1/holds?${new URLSearchParams(Object.entries(place)).toString()}`)
      : cloud.call("PUT", "/api/v1/holds", { ...place, reason: "a test" });

  it.each([
    { place: { scope: "workflow", workflow_id: "held-workflow" }, name: "held-workflow" },
    { place: { scope: "tenant" }, name: "held-tenant" },
    { place: { scope: "global" }, name: "held-globally" },
  ])("$place.scope: nothing starts until it is released", async ({ place, name }) => {
    await client.deploy(name, [{ id: "a" }, { id: "b", depends_on: ["a"] }]);
    expect((await hold("PUT", place)).status).toBe(200);
    await waitOutHeadCaches();
    const id = await client.submit(name);
    await client.reaches(id, "a", "parked");
    const { body } = await cloud.call("GET", "/api/v1/holds");
    expect(body).toMatchObject({ holds: [{ scope: place.scope, reason: "a test" }] });
    const released = await cloud.until(async () => {
      const reply = await hold("DELETE", place);
      return reply.status === 200 && (await client.task(id, "a")).status !== "parked" ? reply : undefined;
    }, "the release");
    expect(released.status).toBe(200);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("pauses and resumes a workflow with all its runs", async () => {
    const name = "paused-as-a-whole";
    await client.deploy(name, [
      { id: "a", ...gated(name) },
      { id: "b", depends_on: ["a"] },
    ]);
    const ids = await Promise.all([client.submit(name), client.submit(name)]);
    for (const id of ids) await client.reaches(id, "a", "dispatched");
    const { status, body } = await cloud.call("POST", `/api/v1/workflows/${name}/pause`, { reason: "stop" });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ status: "paused", is_complete: true, hold: { scope: "workflow", workflow_id: name } });
    for (const id of ids) expect(await client.execution(id)).toMatchObject({ status: "paused" });
    const late = await client.submit(name);
    await waitOutHeadCaches();
    await gates.open(name);
    const resumed = await cloud.call("POST", `/api/v1/workflows/${name}/resume`, {});
    expect(resumed.status, JSON.stringify(resumed.body)).toBe(200);
    for (const id of [...ids, late]) expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });
});

describe("many at once", () => {
  it("says what would happen, then does it, page by page", async () => {
    const name = "many";
    await client.deploy(name, [{ id: "a", input: { behaviour: "never-ends" } }]);
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.submit(name)));
    for (const id of ids) await client.reaches(id, "a", "running");
    const wish = { action: "cancel", reason: "all of them", filter: { workflow_id: name } };
    const Results = z.object({
      results: z.array(z.object({ execution_id: z.string(), outcome: z.string(), status: z.string() })),
      next_cursor: z.string().optional(),
    });
    const dry = Results.parse((await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, dry_run: true })).body);
    expect(dry.results.map(({ outcome, status }) => `${outcome} ${status}`)).toEqual(Array(5).fill("changed running"));
    const first = Results.parse((await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, limit: 3 })).body);
    expect(first.results).toHaveLength(3);
    const rest = Results.parse(
      (await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, limit: 3, cursor: first.next_cursor })).body,
    );
    expect(new Set([...first.results, ...rest.results].map(({ execution_id: id }) => id))).toEqual(new Set(ids));
    for (const id of ids) expect(await client.execution(id)).toMatchObject({ status: "cancelled" });
  });
});

describe("histories", () => {
  it("are whole, and replaying them gives the state on record", async () => {
    expect(await steering.unsound()).toEqual([]);
  });
});
