import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import type { AlertRule } from "../../shared/incidents/rules/alert-rule.ts";
import { ROOT } from "./markdown.ts";

/** The page that holds the runbook. */
export const RUNBOOK_PAGE = path.join(ROOT, "infra/README.md");

/** Rules for a Prometheus that reads `/metrics`. */
export const PROMETHEUS_FILE = path.join(ROOT, "infra/prometheus/alert-rules.yaml");

const [BEGIN, END] = ["<!-- runbook: begin -->", "<!-- runbook: end -->"];

/** What a threshold is in words. */
function threshold({ threshold: value, unit }: AlertRule): string {
  return unit === "share" ? `${value * 100} %` : `${value} ${unit}`;
}

function lasting(seconds: number): string {
  if (seconds === 0) return "at once";
  return seconds % 60 === 0 ? `for ${seconds / 60} min` : `for ${seconds} s`;
}

function finders({ detection, cloudWatch, prometheus }: AlertRule): string {
  const found = [
    ...(cloudWatch === undefined ? [] : ["alarm"]),
    ...(detection === undefined ? [] : [detection.scope === "tenant" ? "incident of the tenant" : "incident of the owner tenant"]),
    ...(prometheus === undefined ? [] : ["Prometheus rule"]),
  ];
  return found.join(", ");
}

const entry = (rule: AlertRule): string => {
  const { name, reads, holdsSeconds, severity, runbook } = rule;
  return [
    `### \`${name}\``,
    "",
    `${severity}; ${reads}; more than ${threshold(rule)}, ${lasting(holdsSeconds)}. Found by: ${finders(rule)}.`,
    "",
    `- *Meaning*: ${runbook.meaning}`,
    `- *First look*: ${runbook.firstLook}`,
    `- *Fix*: ${runbook.fix}`,
  ].join("\n");
};

/**
 * The page with the runbook written anew between its markers.
 *
 * @throws {Error} the page lacks the markers.
 */
export function withRunbook(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the page needs the lines '${BEGIN}' and '${END}'`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${ALERT_RULES.map(entry).join("\n\n")}\n\n${page.slice(to)}`;
}

/** Prometheus knows who is woken (`critical`) and who reads it in the morning. */
const SEVERITY = { low: "info", medium: "warning", high: "critical", critical: "critical" } as const;

/** A scalar that YAML takes for nothing else. */
const quoted = (text: string): string => JSON.stringify(text);

/** Alert rules of those rows that `/metrics` has the figures for, as Prometheus reads them. */
export function prometheusRules(): string {
  const rules = ALERT_RULES.flatMap(({ name, prometheus, holdsSeconds, severity, reads, runbook }) =>
    prometheus === undefined
      ? []
      : [
          [
            `      - alert: ${name}`,
            `        expr: ${quoted(prometheus)}`,
            `        for: ${holdsSeconds}s`,
            `        labels: { severity: ${SEVERITY[severity]} }`,
            `        annotations:`,
            `          summary: ${quoted(reads)}`,
            `          description: ${quoted(`${runbook.meaning} First look: ${runbook.firstLook} Fix: ${runbook.fix}`)}`,
          ].join("\n"),
        ],
  );
  return `# Written by \`npm run generate\` from shared/incidents/rules/alert-rules.ts.\ngroups:\n  - name: a2a\n    rules:\n${rules.join("\n")}\n`;
}

if (import.meta.main) {
  writeFileSync(RUNBOOK_PAGE, withRunbook(readFileSync(RUNBOOK_PAGE, "utf8")));
  mkdirSync(path.dirname(PROMETHEUS_FILE), { recursive: true });
  writeFileSync(PROMETHEUS_FILE, prometheusRules());
}
