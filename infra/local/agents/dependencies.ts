import * as z from "zod";

import type { Job, Json } from "./agent-kit.ts";

/** The first that fits of the job's input and the outputs it depends on, whatever their tasks are called. */
export function readDependency<Schema extends z.ZodType>(job: Job, schema: Schema, wanted: string): z.infer<Schema> {
  for (const candidate of [job.input, ...Object.values(job.dependencies)]) {
    const parsed = schema.safeParse(candidate);
    if (parsed.success) return parsed.data;
  }
  const given = Object.keys(job.dependencies).join(", ") || "none";
  throw new Error(`${job.skill} needs ${wanted}, and no dependency carries it (given: ${given})`);
}

/** All dependencies' fields in one object: for skills that draw on several analyses, each under its own name. */
export function mergedDependencies(job: Job): Json {
  return Object.assign({}, ...Object.values(job.dependencies), job.input);
}
