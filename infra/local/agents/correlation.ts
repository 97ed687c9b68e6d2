/** Measures how symbols move together. Speaks 1.0 without push notifications: it must be polled. */
import { startAgent } from "./agent-kit.ts";
import { readDependency } from "./dependencies.ts";
import { correlationOf } from "./finance.ts";
import { PriceTable } from "./finance-data.ts";
import { protocol10 } from "./protocol-1.0.ts";

await startAgent(
  {
    name: "correlation",
    description: "Measures how prices move together.",
    skills: [
      {
        id: "correlation",
        name: "Correlation",
        description: "Pearson matrix of monthly log returns, each pair over its common months.",
        tags: ["finance", "correlation"],
        run: (job) => ({ correlation: correlationOf(readDependency(job, PriceTable, "a price table")) }),
      },
    ],
  },
  protocol10({}),
);
