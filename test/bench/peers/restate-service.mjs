/**
 * One Restate deployment. `node restate-service.mjs PACKAGES PORT remote|caller`: `remote` does the steps, `caller` is
 * the workflow, so that each step is a call to another process, as each of our steps is a call to an agent.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, port, role] = process.argv.slice(2);
const resolve = createRequire(`${packages}/`).resolve;
const restate = await import(pathToFileURL(resolve("@restatedev/restate-sdk")).href);

const remote = restate.service({ name: "remote", handlers: { echo: async (_context, input) => input } });

const caller = restate.service({
  name: "caller",
  handlers: {
    sequence: async (context, { steps }) => {
      for (let step = 0; step < steps; step += 1) await context.serviceClient({ name: "remote" }).echo({ step });
      return steps;
    },
    fanOut: async (context, { steps }) => {
      const client = context.serviceClient({ name: "remote" });
      const calls = Array.from({ length: steps }, (_, step) => client.echo({ step }));
      await restate.RestatePromise.all(calls);
      return steps;
    },
  },
});

await restate.serve({ services: [role === "remote" ? remote : caller], port: Number(port) });
