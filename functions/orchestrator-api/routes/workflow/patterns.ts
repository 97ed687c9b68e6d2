import * as z from "zod";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { BUILT_INS, findPattern } from "../../../../shared/patterns/built-ins.ts";
import { PatternList, PatternView, summarise, viewPattern } from "../../../../shared/patterns/views/patterns.ts";
import { param, route } from "../../route.ts";

const list = route({
  method: "GET",
  path: "/api/v1/patterns",
  operationId: "listPatterns",
  summary: "The patterns by which agents of a task may work together",
  permission: "pattern:read",
  query: z.strictObject({ filter: z.enum(["built-in", "custom", "all"]).default("all") }),
  reply: PatternList,
  status: 200,
  run: async ({ query: { filter } }) => ({
    body: { patterns: BUILT_INS.map(summarise).filter(({ type }) => filter === "all" || type === filter) },
  }),
});

const get = route({
  method: "GET",
  path: "/api/v1/patterns/{pattern}",
  operationId: "getPattern",
  summary: "A pattern: its members, configuration, bound on calls, and what its agents are asked",
  permission: "pattern:read",
  reply: PatternView,
  status: 200,
  run: async (request) => {
    const name = param(request, "pattern");
    const pattern = findPattern(name);
    if (pattern === undefined) throw new NotFoundError("pattern", name);
    return { body: viewPattern(pattern) };
  },
});

/** Patterns of coordination. */
export const PATTERN_ROUTES = [list, get];
