import * as z from "zod";

/**
 * Reads the environment once, at cold start.
 *
 * @throws {Error} a variable is missing or malformed; names all of them, so that one deployment mends them all.
 *
 * @example
 * ```ts
 * const env = readEnv({ EXECUTIONS_TABLE: z.string().min(1), AGENT_PRIVATE_HOSTS: ListVariable });
 * ```
 */
export function readEnv<Shape extends z.ZodRawShape>(shape: Shape): z.output<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(process.env);
  if (result.success) return result.data;
  throw new Error(`environment: ${z.prettifyError(result.error)}`);
}

/** A comma-separated list. */
export const ListVariable = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((entry) => (entry.trim() === "" ? [] : [entry.trim()])));

/** JSON that must fit `schema`. */
export const jsonVariable = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue("is not JSON");
        return z.NEVER;
      }
    })
    .pipe(schema);
