import * as z from "zod";
import { ServiceError } from "./asl-error.ts";
import type { Engine } from "./engine.ts";
import { type AnswerOf, isOperation, type Operation, OPERATIONS } from "./operations.ts";

/** An answer of the AWS JSON 1.0 protocol. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const refusal = (code: string, message: string): ApiAnswer => ({ status: 400, body: { __type: code, message } });

/**
 * Answers requests of the AWS JSON 1.0 protocol for one engine. The target is the `X-Amz-Target` header, for example
 * `AWSStepFunctions.StartExecution`. Refusals are answers with status 400; only bugs reject.
 */
export const stepFunctionsHandler =
  (engine: Engine) =>
  async (target: string, body: unknown): Promise<ApiAnswer> => {
    const name = target.replace(/^AWSStepFunctions\./, "");
    if (!isOperation(name)) return refusal("UnknownOperationException", `unknown operation '${target}'`);
    try {
      return { status: 200, body: await answer(engine, name, body) };
    } catch (error) {
      if (error instanceof ServiceError) return refusal(error.code, error.message);
      if (error instanceof z.ZodError) return refusal("ValidationException", z.prettifyError(error));
      throw error;
    }
  };

const answer = <Name extends Operation>(engine: Engine, name: Name, body: unknown): Promise<AnswerOf<Name>> =>
  engine.call(name, OPERATIONS[name].schema.parse(body));
