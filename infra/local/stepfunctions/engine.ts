import type { EngineOptions } from "./integrations.ts";
import { type AnswerOf, type Operation, OPERATIONS, type RequestOf } from "./operations.ts";
import { createRuntime } from "./runtime.ts";

/** Step Functions without a wire: members as there, dates in seconds since 1970. */
export interface Engine {
  /**
   * Resolves once the effect of the operation is committed.
   *
   * @throws {ServiceError} AWS would refuse it.
   */
  call<Name extends Operation>(name: Name, request: RequestOf<Name>): Promise<AnswerOf<Name>>;
  /** Commits what is pending and releases the database; calls still under way are made again by the next engine. */
  close(): void;
}

/** Opens the database and goes on with every execution in it. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const runtime = createRuntime(options);
  runtime.resume();
  await runtime.database.committed();
  return {
    call: async (name, request) => {
      const answer = OPERATIONS[name].run(runtime, request);
      await runtime.database.committed();
      return answer;
    },
    close: () => runtime.close(),
  };
}
