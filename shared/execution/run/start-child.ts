import { type DefinitionStore, loadDefinition } from "../../workflow/store/definition-store.ts";
import { usualRunner } from "../../workflow/store/stored-definition.ts";
import type { Execution } from "../execution.ts";
import { childIdOf } from "./child-execution.ts";
import type { ChildRequest } from "../runtime/runtime.ts";
import { ExecutionId } from "../../core/ids.ts";
import { type SubmitDeps, submitExecution } from "./submit-execution.ts";

/**
 * Starts the execution of a sub-workflow. Its id follows from its parent's attempt, so that trying again finds it; it
 * shares its parent's priority, trace, budget and session.
 *
 * @throws {NotFoundError} the tenant has no such workflow, or no such version of it.
 */
export const childStarter =
  (deps: SubmitDeps, definitions: DefinitionStore) =>
  async ({ parent, task, attempt, workflow, input }: ChildRequest): Promise<Execution> => {
    const { tenant, executionId: execution, budgetRoot, session } = parent;
    const definition = await loadDefinition(definitions, { tenant, ...workflow });
    return submitExecution(deps, {
      tenant,
      subject: parent.submittedBy,
      definition,
      isPinned: false,
      runner: parent.runner === "graph" ? "graph" : usualRunner(definition),
      timeoutSeconds: undefined,
      input,
      priority: parent.priority,
      idempotencyKey: undefined,
      traceId: parent.traceId,
      under: {
        executionId: ExecutionId.parse(childIdOf({ tenant, execution, task, attempt })),
        parent: { execution, task, attempt },
        depth: (parent.depth ?? 0) + 1,
        ...(budgetRoot === undefined ? {} : { budgetRoot }),
        ...(session === undefined ? {} : { session }),
      },
    });
  };
