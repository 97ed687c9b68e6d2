/** Draws charts and writes the report. Speaks 1.0 with push notifications and streaming. */
import { startAgent, type Job, type Json } from "./agent-kit.ts";
import { barChart, heatMap, lineChart } from "./charts.ts";
import { mergedDependencies } from "./dependencies.ts";
import { Analyses, correlationPairs, figuresOf, markdownOf, narrativeOf } from "./figures.ts";
import { protocol10 } from "./protocol-1.0.ts";

function readAnalyses(job: Job): Analyses {
  const analyses = Analyses.safeParse(mergedDependencies(job));
  if (analyses.success) return analyses.data;
  const missing = [...new Set(analyses.error.issues.map(({ path }) => String(path[0])))].join(", ");
  throw new Error(`${job.skill} needs returns, volatility, drawdown and correlation; missing or wrong: ${missing}`);
}

/** One chart per analysis at hand, so that charts may start before every analysis is done. */
function drawCharts(job: Job): Json {
  const found = Analyses.partial().safeParse(mergedDependencies(job));
  if (!found.success) throw new Error(`${job.skill} got an analysis it cannot read: ${found.error.issues[0]?.message ?? ""}`);
  const { returns = {}, volatility = {}, drawdown = {}, correlation } = found.data;
  const growth = Object.entries(returns).map(([name, { months, cumulative }]) => ({
    name,
    points: months.map((x, index) => ({ x, y: cumulative[index] ?? 0 })),
  }));
  const risk = Object.entries(volatility).map(([name, { annual }]) => ({ name, value: annual }));
  const falls = Object.entries(drawdown).map(([name, { maxDrawdown }]) => ({ name, value: -maxDrawdown }));
  const chart = (name: string, title: string, svg: string): Json => ({ name, title, mediaType: "image/svg+xml", svg });
  const charts = [
    ...(growth.length > 0 ? [chart("growth.svg", "Cumulative return", lineChart("Cumulative return", growth))] : []),
    ...(risk.length > 0 ? [chart("volatility.svg", "Annual volatility", barChart("Annual volatility", risk))] : []),
    ...(falls.length > 0 ? [chart("drawdown.svg", "Deepest drawdown", barChart("Deepest drawdown", falls))] : []),
    ...(correlation === undefined
      ? []
      : [chart("correlation.svg", "Correlation", heatMap("Correlation", correlation.symbols, correlation.matrix))]),
  ];
  if (charts.length === 0) throw new Error("chart needs at least one of returns, volatility, drawdown, correlation");
  return { charts };
}

function writeReport(job: Job): Json {
  const analyses = readAnalyses(job);
  const figures = figuresOf(analyses);
  const pairs = correlationPairs(analyses.correlation);
  return { figures, correlations: pairs, narrative: narrativeOf(figures, pairs), markdown: markdownOf(figures, pairs) };
}

await startAgent(
  {
    name: "report",
    description: "Turns analyses into charts and a report.",
    skills: [
      {
        id: "chart",
        name: "Charts",
        description: "SVG charts of growth, volatility, drawdown and correlation.",
        tags: ["finance", "chart"],
        run: drawCharts,
      },
      {
        id: "report",
        name: "Report",
        description: "Figures per symbol, correlated pairs, a narrative, and all of it as markdown.",
        tags: ["finance", "report"],
        run: writeReport,
      },
    ],
  },
  protocol10({ push: true, streaming: true }),
);
