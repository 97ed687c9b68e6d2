import { maskPrivate } from "./find-private.ts";

/**
 * Replaces personal data and secrets in every text of a log line: what loggers take as `jsonReplacerFn`.
 *
 * @example
 * ```ts
 * const logger = new Logger({ serviceName: "notify", jsonReplacerFn: maskLogged });
 * logger.info("no route to ada@lovelace.example"); // "message":"no route to [email]"
 * ```
 */
export const maskLogged = (_key: string, value: unknown): unknown => (typeof value === "string" ? maskPrivate(value) : value);
