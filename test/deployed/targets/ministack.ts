import { startMiniStack } from "../emulators/ministack.ts";
import { freePort } from "../emulators/processes.ts";
import { openFrontDoor } from "../front-door.ts";
import { EmulatorTarget } from "./cdk-target.ts";
import type { Target } from "./target.ts";

/** MiniStack, with its IAM enforced. @throws {NotHereError} it cannot be had here. */
export async function openMiniStack(place: { readonly region: string; readonly prefix: string }): Promise<Target> {
  const ownPort = await freePort();
  const door = await openFrontDoor(`http://127.0.0.1:${ownPort}`);
  const port = Number(new URL(door.endpoint).port);
  try {
    const running = await startMiniStack({ ...place, port, ownPort });
    const close = async (): Promise<void> => {
      await running[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
    };
    return new EmulatorTarget({ ...place, name: "ministack", door, log: running.log, close });
  } catch (error) {
    await door[Symbol.asyncDispose]();
    throw error;
  }
}
