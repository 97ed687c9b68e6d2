import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { executionMetrics } from "../../shared/analytics/exposition.ts";
import { figuresIn } from "../../shared/analytics/figures.ts";
import { tallyOfRun } from "../../shared/analytics/tally.ts";
import { PROMETHEUS_FILE, prometheusRules, RUNBOOK_PAGE, withRunbook } from "./runbook.ts";

const Rules = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string(), for: z.string() })) })) });

it("the runbook is as the alert rules; `npm run generate` brings it up to date", () => {
  const page = readFileSync(RUNBOOK_PAGE, "utf8");
  expect(page).toBe(withRunbook(page));
  expect(() => withRunbook("no markers")).toThrow("the page needs the lines");
});

it("the rules for Prometheus are as the alert rules, and speak of metrics that there are", () => {
  const text = readFileSync(PROMETHEUS_FILE, "utf8");
  expect(text).toBe(prometheusRules());
  const rules = Rules.parse(parse(text)).groups.flatMap((group) => group.rules);
  expect(rules.map(({ alert }) => alert)).toEqual(["WorkflowFailureRateHigh", "sla_violation", "WorkflowQueueDepthHigh"]);
  const run = tallyOfRun({ status: "completed", isViolated: false, runMs: 1, queueMs: 1, taskCount: 1, tasks: [], used: new Map() });
  const lines = executionMetrics({ counters: new Map([["custom", run]]), lastHour: figuresIn(run), running: 1, queued: 1 });
  const families = new Set(lines.flatMap((line) => (line.startsWith("# TYPE ") ? [line.split(" ")[2]] : [])));
  const named = rules.flatMap(({ expr }) => expr.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !families.has(name))).toEqual([]);
});
