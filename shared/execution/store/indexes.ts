/** One index of the executions table. */
export interface ExecutionIndex {
  /** The attribute that sorts its entries. */
  readonly sort: "submittedAt" | "parkedAt";
  /** What an entry has of its row besides keys. */
  readonly holds: "everything" | readonly string[];
}

/**
 * Indexes of the executions table by the attribute that partitions each, which names it as well. An entry is written
 * again, and billed, whenever something of its row changes that stands in it; so the indexes behind listings hold what
 * never changes, or next to nothing, and a listing reads the rows themselves.
 */
export const EXECUTION_INDEXES = {
  byTenant: { sort: "submittedAt", holds: [] },
  byWorkflow: { sort: "submittedAt", holds: [] },
  byStatus: { sort: "submittedAt", holds: ["priority", "estimatedSeconds"] },
  byOpen: { sort: "submittedAt", holds: [] },
  byParked: { sort: "parkedAt", holds: "everything" },
} as const satisfies Readonly<Record<string, ExecutionIndex>>;
