/** A page of rows; hand `next` back to go on. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: Record<string, unknown> | undefined;
}

/** Which rows of an execution, and where to go on. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: Record<string, unknown> | undefined;
  readonly descending?: boolean;
}
