/** Where a problem lies, as far as the API can tell. */
export interface ApiFlaw {
  /** Field of the request, or path in a definition. */
  readonly place: string;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** The API refused a request; what it says is meant for people. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly flaws: readonly ApiFlaw[];

  constructor(problem: { status: number; title: string; detail: string; flaws?: readonly ApiFlaw[] }) {
    super(problem.detail === "" ? problem.title : problem.detail);
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.flaws = problem.flaws ?? [];
  }

  /** Whether the same request may succeed later. */
  get mayPass(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** Whether another request can succeed where this one failed, rather than another token or a later time. */
  get isOurs(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 401 && !this.mayPass;
  }
}

/** Nothing usable came back: no connection, a broken reply, or silence. */
export class ConnectionError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
