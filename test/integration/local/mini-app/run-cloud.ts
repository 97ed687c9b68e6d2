import { startCloud } from "../../../../infra/local/cloud.ts";

// Runs the mini app as a process of its own, so that a test can kill it: node run-cloud.ts <assembly> <state>
const [, , assemblyDir = "", stateDir = ""] = process.argv;
const cloud = await startCloud({
  assemblyDir,
  stateDir,
  log: (line) => process.stderr.write(`${line}\n`),
});
process.once("SIGTERM", () => void cloud.stop());
const { endpoint, region, outputs, apiUrls, environment } = cloud;
process.stdout.write(`${JSON.stringify({ endpoint, region, outputs, apiUrls, environment })}\n`);
