import * as z from "zod";

const Id = z.string().regex(/^[\w.:-]{1,128}$/, { error: "is no id" });

/** What a connection hears of: one execution, the executions of a workflow, or status changes of all of them. */
export const LiveTarget = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("execution"), id: Id }),
  z.object({ kind: z.literal("workflow"), id: Id }),
  z.object({ kind: z.literal("dashboard") }),
]);
export type LiveTarget = z.infer<typeof LiveTarget>;

/** A target as its rows begin. */
export function targetKey(target: LiveTarget): string {
  switch (target.kind) {
    case "execution":
      return `X#${target.id}#`;
    case "workflow":
      return `W#${target.id}#`;
    case "dashboard":
      return "D#";
    default:
      return target satisfies never;
  }
}

/** How a request names a target: at most one of these. */
export const TargetRequest = z
  .object({
    execution_id: Id.optional(),
    workflow_id: Id.optional(),
    /** Either of both. */
    id: Id.optional(),
    dashboard: z.union([z.literal(true), z.literal("true")]).optional(),
  })
  .refine((asked) => Object.values(asked).filter((value) => value !== undefined).length <= 1, {
    error: "name one of execution_id, workflow_id, id and dashboard",
  })
  .transform(({ execution_id, workflow_id, id, dashboard }): LiveTarget | undefined => {
    const execution = execution_id ?? (id?.startsWith("exec_") === true ? id : undefined);
    if (execution !== undefined) return { kind: "execution", id: execution };
    const workflow = workflow_id ?? id;
    if (workflow !== undefined) return { kind: "workflow", id: workflow };
    return dashboard === undefined ? undefined : { kind: "dashboard" };
  });
