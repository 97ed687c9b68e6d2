/** Computes returns. Speaks 1.0 and answers at once, with a message instead of a task. */
import { startAgent } from "./agent-kit.ts";
import { readDependency } from "./dependencies.ts";
import { returnsOf } from "./finance.ts";
import { PriceTable } from "./finance-data.ts";
import { protocol10 } from "./protocol-1.0.ts";

await startAgent(
  {
    name: "returns",
    description: "Measures what an investment earned.",
    skills: [
      {
        id: "returns",
        name: "Returns",
        description: "Simple, logarithmic and cumulative monthly returns and CAGR per symbol.",
        tags: ["finance", "returns"],
        run: (job) => ({ returns: returnsOf(readDependency(job, PriceTable, "a price table")) }),
      },
    ],
  },
  protocol10({ answersDirectly: true }),
);
