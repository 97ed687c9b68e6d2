import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, launch, runToEnd, WORK_DIR } from "./processes.ts";

const POM = fileURLToPath(new URL("dynamodb-local/pom.xml", import.meta.url));
const LIBRARIES = path.join(WORK_DIR, "dynamodb-local");

/** A running DynamoDB Local. */
export interface DynamoDbLocal extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * Starts Amazon's own DynamoDB Local in memory; the first time fetches it from Maven Central.
 *
 * @throws {NotHereError} Java or Maven is missing, Maven Central is not reached, or it does not start.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  runToEnd(["java", "-version"], "DynamoDB Local needs Java 17 (Debian: default-jre-headless)");
  if (!existsSync(LIBRARIES)) install();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const classPath = ["-cp", path.join(LIBRARIES, "*"), "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"];
  const running = await launch({
    name: "dynamodb-local",
    command: [
      "java",
      `-Dsqlite4java.library.path=${LIBRARIES}`,
      ...classPath,
      "-inMemory",
      "-disableTelemetry",
      "-port",
      String(port),
    ],
    environment: { PATH: process.env["PATH"] ?? "" },
    // It answers 400 to a request without a signature.
    isReady: async () => (await fetch(endpoint)).status === 400,
  });
  return { endpoint, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

function install(): void {
  mkdirSync(WORK_DIR, { recursive: true });
  const draft = `${LIBRARIES}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const goal = ["-q", "-B", "-f", POM, "dependency:copy-dependencies", `-DoutputDirectory=${draft}`] as const;
  runToEnd(["mvn", ...goal], "fetching DynamoDB Local from Maven Central");
  renameSync(draft, LIBRARIES);
}
