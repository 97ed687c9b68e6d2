import * as z from "zod";

/** One flaw of a request (`field`) or of a definition (`path`, and its place in the text where there is one). */
const ProblemFlaw = z.looseObject({
  field: z.string().optional(),
  path: z.string().optional(),
  message: z.string(),
  remedy: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
});

/** Problem details (RFC 9457): the body of every refusal. `type` ends in the error's wire name; some say more. */
export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    /** Every flaw of the request, not only the first. */
    errors: z.array(ProblemFlaw).optional(),
    /** What can be done with the execution where it stands. */
    legal_moves: z.array(z.string()).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;
