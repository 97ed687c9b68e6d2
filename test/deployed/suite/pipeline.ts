import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { saveOutputs } from "../../../infra/local/start/job-outputs.ts";
import { expectCorrelation, expectFigures, readPrices } from "../../integration/support/stock-figures.ts";
import { WorkflowClient } from "../../integration/support/workflow-client.ts";
import { agentFeature, world } from "../feature.ts";
import type { World } from "../world.ts";

const WORKFLOW = "financial-pipeline";
const DIGITS = 9;
const Report = z.object({
  correlations: z.array(z.object({ pair: z.tuple([z.string(), z.string()]), coefficient: z.number() })),
});
const Tasks = z.object({
  tasks: z.array(
    z.object({ task_id: z.string(), attempt: z.int(), dispatched_at: z.iso.datetime(), settled_at: z.iso.datetime() }),
  ),
});
/** Polling begins later than that. */
const PUSHED_WITHIN_MS = 20_000;
const client = new WorkflowClient(world);
const runs = new Map<string, string>();

/** Ten tasks of six real agents, as a machine of their own and over the graph runner. */
export function describePipeline(): void {
  for (const runner of ["machine", "graph"] as const) {
    agentFeature(`the pipeline on its ${runner}: the figures of the report`, async (system) => {
      const id = await client.submit(WORKFLOW, {}, { execution_options: { runner } });
      runs.set(runner, id);
      const end = await client.finished(id);
      expect(end, JSON.stringify(end.error_details)).toMatchObject({ status: "completed" });
      await expectReport(system, id);
      return undefined;
    });
  }
  agentFeature("agents push their results", async (system) => {
    const tasks = await tasksOf(system, runs.get("machine") ?? "");
    expect(tasks.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 10 }, () => 1));
    const slowest = Math.max(
      ...tasks.map(({ dispatched_at: from, settled_at: to }) => Date.parse(to) - Date.parse(from)),
    );
    expect(slowest).toBeLessThan(PUSHED_WITHIN_MS);
    return `slowest of ten tasks ${slowest} ms from dispatch to settled`;
  });
  agentFeature("events tell every move in order", async () => {
    const events = await client.events(runs.get("machine") ?? "");
    const names = events.map(({ event_type: name }) => name);
    const count = (name: string): number => names.filter((known) => known === name).length;
    expect(names.indexOf("workflow.execution_started")).toBeLessThan(names.indexOf("task.completed"));
    expect(events.at(-1)).toMatchObject({ event_type: "workflow.status_changed", new_status: "completed" });
    expect({ completed: count("task.completed"), retried: count("task.retry_scheduled") }).toEqual({
      completed: 10,
      retried: 0,
    });
    return undefined;
  });
  agentFeature("the stream chains every event into the audit", async (system) => {
    const Audit = z.looseObject({ unchained: z.int(), length: z.int() });
    const audit = await system.until(async () => {
      const found = Audit.parse(
        (await system.call("GET", `/api/v1/executions/${runs.get("machine") ?? ""}/audit`)).body,
      );
      return found.unchained === 0 ? found : undefined;
    }, "the audit");
    expect(audit.length).toBe((await client.events(runs.get("machine") ?? "")).length);
    return undefined;
  });
  agentFeature("an idempotency key gives the same execution", async (system) => {
    const headers = { "idempotency-key": "twice" };
    const submit = () => system.call("POST", `/api/v1/workflows/${WORKFLOW}/execute`, { input_data: {} }, headers);
    const [first, second] = [await submit(), await submit()];
    const id = z.object({ execution_id: z.string() }).parse(first.body).execution_id;
    expect(second.body).toMatchObject({ execution_id: id });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    return undefined;
  });
}

const tasksOf = async (system: World, id: string) =>
  Tasks.parse((await system.call("GET", `/api/v1/executions/${id}/tasks?limit=1000`)).body).tasks;

async function expectReport({ connection, folder }: World, id: string): Promise<void> {
  const place = path.join(folder, id);
  const { figures } = await saveOutputs(connection, id, place);
  const { correlations } = Report.parse(JSON.parse(readFileSync(path.join(place, "report.json"), "utf8")));
  const prices = readPrices();
  expect(Object.keys(figures).sort()).toEqual([...prices.keys()].sort());
  for (const [symbol, series] of prices) {
    const expected = expectFigures(series);
    const found = figures[symbol];
    expect(found?.totalReturn, symbol).toBeCloseTo(expected.totalReturn, DIGITS);
    expect(found?.cagr, symbol).toBeCloseTo(expected.cagr, DIGITS);
    expect(found?.annualVolatility, symbol).toBeCloseTo(expected.annualVolatility, DIGITS);
    expect(found?.maxDrawdown, symbol).toBeCloseTo(expected.maxDrawdown, DIGITS);
    expect(found?.bestMonth.return, symbol).toBeCloseTo(expected.best, DIGITS);
    expect(found?.worstMonth.return, symbol).toBeCloseTo(expected.worst, DIGITS);
  }
  expect(correlations).toHaveLength(10);
  for (const { pair, coefficient } of correlations) {
    const [a, b] = pair.map((symbol) => prices.get(symbol) ?? []);
    expect(coefficient, pair.join()).toBeCloseTo(expectCorrelation(a ?? [], b ?? []), DIGITS);
  }
}
