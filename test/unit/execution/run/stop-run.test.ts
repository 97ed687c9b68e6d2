import { ExecutionDoesNotExist, InvalidArn } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { type StartRunDeps, stopRun } from "../../../../shared/execution/run/start-run.ts";
import { drain, startGraphRun } from "../../functions/memory-run.ts";
import { fakeSfn } from "../../../fixtures/runtime/fake-client.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const why = { error: "Cancelled", cause: "ann asked for it" };

/** What stopping runs stands on, where Step Functions refuses everything. */
function depsOf({ mail, queues }: MemoryRuntime, error: Error): StartRunDeps {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  return { mail, queues, sfn: fakeSfn(refuse) };
}

async function stopWith(error: Error): Promise<boolean> {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  return stopRun(depsOf(runtime, error), await runtime.submit(), why);
}

describe("stopping a graph run", () => {
  it("ends it by a message, with the reason as its failure", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await startGraphRun(runtime);
    expect(await stopRun(depsOf(runtime, new Error("it has no machine")), runtime.head(), why)).toBe(true);
    runtime.tasks.shift();
    await drain(runtime);
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { code: "Cancelled", message: "ann asked for it" } });
  });
});

describe("stopping a run's machine", () => {
  it("tells of a machine that is gone, whose end nothing will be heard of", async () => {
    expect(await stopWith(new ExecutionDoesNotExist({ message: "gone", $metadata: {} }))).toBe(false);
  });

  it("fails where it may go on running", async () => {
    await expect(stopWith(new InvalidArn({ message: "no such name", $metadata: {} }))).rejects.toThrow("no such name");
  });
});
