/** Brings price rows into one tidy table. Speaks 0.3 only. */
import * as z from "zod";

import { startAgent } from "./agent-kit.ts";
import { readDependency } from "./dependencies.ts";
import { RawRow, standardise } from "./finance-data.ts";
import { protocol03 } from "./protocol-0.3.ts";

const Rows = z.object({ rows: z.array(RawRow) });

await startAgent(
  {
    name: "standardise",
    description: "Aligns prices by month and symbol.",
    skills: [
      {
        id: "standardisation",
        name: "Standardisation",
        description: "Turns `rows` into aligned monthly prices per symbol: ISO dates, sorted, gaps as null.",
        tags: ["data", "standardisation"],
        run: (job) => ({ ...standardise(readDependency(job, Rows, "`rows`").rows) }),
      },
    ],
  },
  protocol03,
);
