import { ExecutionDoesNotExist, InvalidArn } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { stopRun } from "../../../../shared/execution/run/start-machine.ts";
import { fakeSfn } from "../../../fixtures/runtime/fake-client.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const why = { error: "Cancelled", cause: "ann asked for it" };

async function stopWith(error: Error): Promise<void> {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  return stopRun({ sfn: fakeSfn(refuse) }, await new MemoryRuntime(planOf([task("a")])).submit(), why);
}

describe("stopping a run's machine", () => {
  it("is done where the machine is gone", async () => {
    await expect(stopWith(new ExecutionDoesNotExist({ message: "gone", $metadata: {} }))).resolves.toBeUndefined();
  });

  it("fails where it may go on running", async () => {
    await expect(stopWith(new InvalidArn({ message: "no such name", $metadata: {} }))).rejects.toThrow("no such name");
  });
});
