/** Keys under which a definition may stand: 001 §4 wraps in `workflow`, 000 in `workflow_definition`. */
export const WRAPPERS = ["workflow", "workflow_definition"] as const;
