/** Measures risk. Speaks 0.2, its card lies at agent.json. */
import { startAgent } from "./agent-kit.ts";
import { readDependency } from "./dependencies.ts";
import { drawdownOf, volatilityOf } from "./finance.ts";
import { PriceTable } from "./finance-data.ts";
import { protocol02 } from "./protocol-0.2.ts";

await startAgent(
  {
    name: "risk",
    description: "Measures how much an investment moved and how deep it fell.",
    skills: [
      {
        id: "volatility",
        name: "Volatility",
        description: "Annualised sample standard deviation of monthly log returns per symbol.",
        tags: ["finance", "risk"],
        run: (job) => ({ volatility: volatilityOf(readDependency(job, PriceTable, "a price table")) }),
      },
      {
        id: "drawdown",
        name: "Drawdown",
        description: "Deepest fall per symbol, with the dates of peak, trough and recovery.",
        tags: ["finance", "risk"],
        run: (job) => ({ drawdown: drawdownOf(readDependency(job, PriceTable, "a price table")) }),
      },
    ],
  },
  protocol02,
);
