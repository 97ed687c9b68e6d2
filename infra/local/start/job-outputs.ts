import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { TaskDetails } from "../../../shared/execution/views/tasks.ts";
import { callApi, type Connection } from "../../cli/client/api-client.ts";
import { download } from "../../cli/client/download.ts";
import { Figures } from "./figures.ts";

const Report = z.looseObject({ figures: Figures, narrative: z.string(), markdown: z.string() });
/** File names come from an agent, so only harmless ones fit. */
const Chart = z.object({ name: z.string().regex(/^[\w-]+\.svg$/), svg: z.string() });
const Charts = z.object({ charts: z.array(Chart) });

/** What the job made. */
export interface JobOutputs {
  readonly figures: Figures;
  readonly narrative: string;
  /** Absolute paths. */
  readonly files: readonly string[];
}

const CHART_TASKS = ["performance-charts", "risk-charts"];

/**
 * Fetches the report and the charts of a completed execution and writes them as files to `folder`.
 *
 * @throws {ApiProblem | ConnectionError} they cannot be had. @throws {z.ZodError} the report agent answers otherwise.
 */
export async function saveOutputs(connection: Connection, execution: string, folder: string): Promise<JobOutputs> {
  const [report, ...charts] = await Promise.all([
    loadOutput(connection, `${execution}/tasks/report`, Report),
    ...CHART_TASKS.map((task) => loadOutput(connection, `${execution}/tasks/${task}`, Charts)),
  ]);
  const { markdown, ...data } = report;
  const contents = new Map([
    ["report.md", markdown],
    ["report.json", `${JSON.stringify(data, null, 2)}\n`],
    ...charts.flatMap(({ charts: drawn }) => drawn.map(({ name, svg }) => [name, svg] as const)),
  ]);
  mkdirSync(folder, { recursive: true });
  const files = [...contents].map(([name, content]) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  });
  return { figures: report.figures, narrative: report.narrative, files };
}

async function loadOutput<Schema extends z.ZodType>(
  connection: Connection,
  place: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { output, output_url: url } = await callApi(connection, { path: `/api/v1/executions/${place}` }, TaskDetails);
  return schema.parse(url === undefined ? output : JSON.parse(await download(url)));
}
