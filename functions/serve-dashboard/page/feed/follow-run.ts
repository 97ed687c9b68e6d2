import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, open, part } from "../core/api.ts";
import { isExpired } from "../core/session.ts";
import type { TaskRow } from "../run/run.ts";
import { isSeen } from "./clock.ts";
import { readEvents } from "./event-stream.ts";

/** Whether what is shown is what is. `away`: the tab is hidden, so nothing is asked. */
export type Liveness = "connecting" | "live" | "reconnecting" | "final" | "away";

/** What the stream tells of tasks: all of them, or those that changed. */
export interface TasksTold {
  readonly status: string;
  readonly submittedAt?: number;
  readonly tasks: readonly TaskRow[];
  readonly isWhole: boolean;
}

export interface Following {
  readonly liveness: ReadonlySignal<Liveness>;
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** Asks anew at once: after an act, or because the user wants to. */
  readonly again: () => void;
  readonly stop: () => void;
}

/** A hidden tab lets its stream go after so long, and takes it up where it was. */
const HIDDEN_MS = 30_000;
const LONGEST_PAUSE_MS = 15_000;
/** The stream says something every half second; silence means that it is cut off somewhere. */
const SILENCE_MS = 20_000;

/** Follows an execution's tasks until it is told to stop, over restarts and lost connections. */
export function followRun(execution: string, take: (told: TasksTold) => void): Following {
  const follower = new Follower(execution, take);
  void follower.run();
  return follower;
}

class Follower implements Following {
  readonly liveness = signal<Liveness>("connecting");
  readonly error = signal<ApiError | undefined>(undefined);
  readonly #execution: string;
  readonly #take: (told: TasksTold) => void;
  readonly #ends: (() => void)[] = [];
  #connection = new AbortController();
  #isStopped = false;
  #lastId: string | undefined;
  #failures = 0;
  #wake: (() => void) | undefined;

  constructor(execution: string, take: (told: TasksTold) => void) {
    this.#execution = execution;
    this.#take = take;
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#ends.push(
      effect(() => {
        clearTimeout(timer);
        // A new token is as good a reason to try again as a returning reader.
        if (isSeen.value && !isExpired.value && this.liveness.peek() !== "final") this.#wake?.();
        if (!isSeen.value) timer = setTimeout(() => this.#connection.abort(), HIDDEN_MS);
      }),
      () => clearTimeout(timer),
    );
    const ends = new AbortController();
    // A device that is offline would not notice for a while, and one that is back need not wait.
    addEventListener("offline", () => this.#connection.abort(), { signal: ends.signal });
    addEventListener("online", () => this.#wake?.(), { signal: ends.signal });
    this.#ends.push(() => ends.abort());
  }

  readonly again = (): void => {
    this.error.value = undefined;
    this.#failures = 0;
    if (this.liveness.peek() === "final") this.liveness.value = "connecting";
    this.#wake?.();
  };

  readonly stop = (): void => {
    this.#isStopped = true;
    for (const end of this.#ends) end();
    this.#connection.abort();
    this.#wake?.();
  };

  async run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const isOver = await this.#connect();
        this.liveness.value = isOver ? "final" : "reconnecting";
      } catch (error) {
        this.#fail(error);
      }
      if (!this.#isStopped) await this.#pause();
    }
  }

  /** @returns whether the execution is over. */
  async #connect(): Promise<boolean> {
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.#lastId !== undefined) headers["last-event-id"] = this.#lastId;
    const path = `api/v1/executions/${part(this.#execution)}/stream`;
    const response = await open("GET", path, { query: { view: "tasks" }, headers, signal });
    if (response.body === null) return false;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => this.#connection.abort(), SILENCE_MS);
      this.liveness.value = "live";
      this.error.value = undefined;
      this.#failures = 0;
    };
    try {
      for await (const { event, data, id } of readEvents(response.body, heard)) {
        this.#lastId = id ?? this.#lastId;
        if (event === "end") return true;
        const told = readTold(event, data);
        if (told !== undefined) this.#take(told);
      }
      return false;
    } finally {
      clearTimeout(silence);
    }
  }

  #fail(error: unknown): void {
    if (this.#connection.signal.aborted) {
      this.liveness.value = isSeen.peek() ? "reconnecting" : "away";
      return;
    }
    this.#failures += 1;
    this.liveness.value = "reconnecting";
    if (!(error instanceof ApiError)) return;
    // What we have seen may be of a store that is not there any more: begin anew.
    if (error.status === 400) this.#lastId = undefined;
    if (!error.mayPass && error.status !== 400 && error.status !== 401) this.error.value = error;
  }

  /** Waits before another try: for `again` alone where waiting does not help, and until the tab is seen. */
  #pause(): Promise<void> {
    const isWaiting = this.liveness.peek() === "final" || this.error.peek() !== undefined || !isSeen.peek();
    const most = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures);
    return new Promise((resolve) => {
      const timer = isWaiting ? undefined : setTimeout(() => this.#wake?.(), most * (0.5 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

function readTold(event: string, data: string): TasksTold | undefined {
  if (event !== "snapshot" && event !== "delta") return undefined;
  const told: { status: string; submitted_at?: string; tasks: TaskRow[] } = JSON.parse(data);
  return {
    status: told.status,
    ...(told.submitted_at === undefined ? {} : { submittedAt: Date.parse(told.submitted_at) }),
    tasks: told.tasks,
    isWhole: event === "snapshot",
  };
}
