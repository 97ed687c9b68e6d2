import { parseJson } from "../json.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type FrontRoutes, operationFor } from "../wire/front-server.ts";
import type { Refusal, ServiceCalls } from "./door.ts";

/** Calls that end with the thread they come from are carried out to their end all the same. */
const NEVER = new AbortController().signal;

/** Answers calls by the operations that HTTP reaches, too. */
export const serviceCalls =
  ({ services, log, onCall }: Pick<FrontRoutes, "services" | "log" | "onCall">): ServiceCalls =>
  async (target, body) => {
    try {
      const run = operationFor(services, target);
      onCall?.(target, body);
      return { body: JSON.stringify((await run(parseJson(body), NEVER)) ?? {}) };
    } catch (error) {
      if (error instanceof AwsError) return { refusal: refusalOf(error) };
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { refusal: { code: "InternalFailure", message: "the embedded cloud failed; see its log", fields: "{}" } };
    }
  };

const refusalOf = ({ code, message, fields }: AwsError): Refusal => ({ code, message, fields: JSON.stringify(fields) });
