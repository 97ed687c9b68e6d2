import { spawnSync } from "node:child_process";
import { launch, freePort, runToEnd } from "../emulators/processes.ts";
import { openFrontDoor } from "../front-door.ts";
import { EmulatorTarget } from "./cdk-target.ts";
import type { Target } from "./target.ts";

/** The last one that starts without a token. */
const IMAGE = "localstack/localstack:4.14.0";

/** @throws {NotHereError} there is no Docker engine. */
export const checkDocker = (): void => runToEnd(["docker", "info"], "LocalStack needs a Docker engine");

/**
 * LocalStack in Docker, on the host's network: functions in containers of their own reach agents here by 127.0.0.1.
 *
 * @throws {NotHereError} the image cannot be had, or does not start.
 */
export async function openLocalStack(place: { readonly region: string; readonly prefix: string }): Promise<Target> {
  const port = await freePort();
  const name = `a2a-localstack-${port}`;
  const settings = {
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LAMBDA_DOCKER_NETWORK: "host",
    // Functions are declared for arm64; here they run on whatever this is.
    LAMBDA_IGNORE_ARCHITECTURE: "1",
  };
  const given = Object.entries(settings).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
  const running = await launch({
    name: "localstack.run",
    command: [
      "docker",
      "run",
      "--rm",
      "--name",
      name,
      "--network",
      "host",
      "-v",
      "/var/run/docker.sock:/var/run/docker.sock",
      ...given,
      IMAGE,
    ],
    environment: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/_localstack/health`)).ok,
    readyMs: 300_000,
  });
  const door = await openFrontDoor(`http://127.0.0.1:${port}`);
  const close = async (): Promise<void> => {
    await running[Symbol.asyncDispose]();
    spawnSync("docker", ["rm", "-f", name]);
    await door[Symbol.asyncDispose]();
  };
  return new EmulatorTarget({ ...place, name: "localstack", door, close });
}
