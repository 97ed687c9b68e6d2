import { effect, signal } from "@preact/signals";
import { ask, refine } from "../core/address.ts";
import { ApiError } from "../core/api.ts";
import { listEvents, loadExecution, loadGraph, loadOutlook } from "../core/endpoints.ts";
import { isSeen } from "../feed/clock.ts";
import { type Following, followRun, type TasksTold } from "../feed/follow-run.ts";
import { Plan, Run } from "../run/run.ts";
import { createScreen, type Screen } from "../run/screen.ts";

/** Cards can be read up to about so many tasks; more are shown as levels at first. */
const CARDS_UNTIL = 120;
/** The events of smaller runs are read as they come: they show attempts on the timeline. */
const HISTORY_UNTIL = 60;
const OUTLOOK_MS = { small: 4000, large: 20_000, smallUntil: 500 } as const;
/** Events read at once. */
const EVENTS = "1000";
const SETTLE_MS = 400;

/** One execution while its page is open: what is known of it, kept up to date. */
export class RunSession {
  readonly screen = signal<Screen | undefined>(undefined);
  readonly error = signal<ApiError | undefined>(undefined);
  /** Set once the events are wanted: for playback, or because they are shown. */
  readonly wantsHistory = signal(false);
  readonly execution: string;
  following: Following | undefined;
  readonly #asking = new AbortController();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #stops: (() => void)[] = [];
  #isReading = false;

  constructor(execution: string) {
    this.execution = execution;
  }

  /** Loads what does not change, then follows what does. */
  async open(): Promise<void> {
    this.error.value = undefined;
    await this.#try(async () => {
      const { signal } = this.#asking;
      const [head, graph] = await Promise.all([loadExecution(this.execution, signal), loadGraph(this.execution, signal)]);
      const run = new Run(new Plan(graph));
      run.head.value = head;
      run.status.value = head.status;
      run.submittedAt = Date.parse(head.execution_metadata.submitted_at);
      this.#show(run);
      this.following = followRun(this.execution, (told) => this.#take(told));
      void this.#askOutlook();
    });
  }

  stop(): void {
    this.#asking.abort();
    this.following?.stop();
    for (const stop of this.#stops) stop();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** After an act: what it changed shows at once, a new plan included. */
  readonly refresh = async (): Promise<void> => {
    await this.#try(async () => {
      const graph = await loadGraph(this.execution, this.#asking.signal);
      if (graph.plan_hash !== this.screen.peek()?.run.plan.hash) this.#replan(new Plan(graph));
      await this.#askHead();
      this.following?.again();
      void this.#askOutlook();
    });
  };

  #show(run: Run): void {
    for (const stop of this.#stops) stop();
    const drawing = ask("view") ?? (run.plan.size > CARDS_UNTIL ? "levels" : "cards");
    const screen = createScreen(run, drawing === "levels" ? "levels" : "cards");
    screen.picked.value = run.plan.index.get(ask("task") ?? "") ?? -1;
    const at = Date.parse(ask("at") ?? "");
    if (Number.isFinite(at)) screen.at.value = at;
    this.screen.value = screen;
    this.#stops = [
      effect(() => keepInAddress(screen)),
      effect(() => {
        // An execution that was over goes on again where a person reruns it.
        if (run.status.value !== run.head.peek()?.status) this.#later(SETTLE_MS, () => void this.#try(() => this.#askHead()));
      }),
      effect(() => {
        const isWanted = this.wantsHistory.value || screen.at.value !== undefined || run.plan.size <= HISTORY_UNTIL;
        if (isWanted && run.version.value >= 0) void this.#readHistory(run);
      }),
    ];
  }

  #replan(plan: Plan): void {
    const old = this.screen.peek()?.run;
    const run = new Run(plan);
    if (old !== undefined) {
      run.head.value = old.head.peek();
      run.submittedAt = old.submittedAt;
      run.status.value = old.status.peek();
    }
    this.following?.stop();
    this.#show(run);
    this.following = followRun(this.execution, (told) => this.#take(told));
  }

  #take({ status, submittedAt, tasks, isWhole }: TasksTold): void {
    const run = this.screen.peek()?.run;
    if (run === undefined) return;
    if (submittedAt !== undefined) run.submittedAt = submittedAt;
    run.apply(status, tasks, isWhole);
  }

  async #askHead(): Promise<void> {
    const head = await loadExecution(this.execution, this.#asking.signal);
    const run = this.screen.peek()?.run;
    if (run === undefined) return;
    const wasRun = run.head.peek()?.run;
    run.head.value = head;
    if (wasRun !== undefined && wasRun !== head.run) await this.refresh();
  }

  async #askOutlook(): Promise<void> {
    const run = this.screen.peek()?.run;
    if (run === undefined || this.#asking.signal.aborted) return;
    if (isSeen.peek()) {
      await this.#try(async () => {
        run.outlook.value = await loadOutlook(this.execution, this.#asking.signal);
      });
    }
    const wait = run.plan.size <= OUTLOOK_MS.smallUntil ? OUTLOOK_MS.small : OUTLOOK_MS.large;
    if (!run.isFinal.peek()) this.#later(wait, () => void this.#askOutlook());
  }

  /** One reading at a time; another follows what changed meanwhile. */
  async #readHistory(run: Run): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const version = run.version.peek();
    const load = (cursor: string | undefined) => listEvents(this.execution, { limit: EVENTS, cursor }, this.#asking.signal);
    await this.#try(() => run.history.read(load));
    if (this.#asking.signal.aborted) return;
    // The log is a moment behind the tasks.
    this.#later(1500, () => {
      this.#isReading = false;
      if (version !== run.version.peek() || !run.isFinal.peek()) void this.#readHistory(run);
    });
  }

  #later(milliseconds: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#asking.signal.aborted) then();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** What fails while something is shown is tried again later; before that it is what the page shows. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#asking.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (this.screen.peek() === undefined) this.error.value = error;
    }
  }
}

/** The address tells what is seen, so that it can be passed on. */
function keepInAddress({ run, picked, at, drawing }: Screen): void {
  const usual = run.plan.size > CARDS_UNTIL ? "levels" : "cards";
  refine({
    task: run.plan.tasks[picked.value]?.task_id,
    at: at.value === undefined ? undefined : new Date(at.value).toISOString(),
    view: drawing.value === usual ? undefined : drawing.value,
  });
}
