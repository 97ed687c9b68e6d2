/** Reads a data set of the npm package vega-datasets and judges its form. Speaks 1.0, reports by push notification. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import * as z from "zod";

import { startAgent, type Job, type Json } from "./agent-kit.ts";
import { readDependency } from "./dependencies.ts";
import { parseCsv, validateRows } from "./finance-data.ts";
import { protocol10 } from "./protocol-1.0.ts";

const DATA = new URL("../data/", import.meta.resolve("vega-datasets"));
const Request = z.object({
  dataset: z
    .string()
    .regex(/^[a-z0-9-]+\.csv$/)
    .default("stocks.csv"),
});
const Rows = z.object({ rows: z.array(z.unknown()) });

async function ingest({ input }: Job): Promise<Json> {
  const { dataset } = Request.parse(input);
  const text = await readFile(new URL(dataset, DATA), "utf8");
  const { columns, rows } = parseCsv(text);
  return { dataset, digest: `sha256:${createHash("sha256").update(text).digest("hex")}`, columns, rows };
}

function validate(job: Job): Json {
  const report = validateRows(readDependency(job, Rows, "`rows`").rows);
  if (!report.valid) throw new Error(`the data is not usable: ${report.problems.join("; ")}`);
  return { ...report };
}

await startAgent(
  {
    name: "ingest",
    description: "Reads market data and checks its format.",
    skills: [
      {
        id: "data-ingestion",
        name: "Data ingestion",
        description: "Reads the data set `input.dataset` (default stocks.csv): its rows and the digest of the source.",
        tags: ["data", "ingestion"],
        run: ingest,
      },
      {
        id: "format-validation",
        name: "Format validation",
        description: "Checks columns, types, dates and gaps of `rows`; fails on data that cannot be used.",
        tags: ["data", "validation"],
        run: validate,
      },
    ],
  },
  protocol10({ push: true }),
);
