import { type ChildProcess, fork } from "node:child_process";
import { Answer, type Measured, type Probe, type Question } from "./messages.ts";

type Run = Extract<Question, { ask: "test" }>;

/** What the tests made of a mutant. */
export type Verdict =
  | { readonly outcome: "killed"; readonly by: string }
  | { readonly outcome: "hung"; readonly by: string }
  | { readonly outcome: "survived" };

/** Processes that run tests on changed code. Close it, or they stay. */
export class Laboratory implements Disposable {
  readonly #idle: Worker[];

  constructor(workers: number) {
    this.#idle = Array.from({ length: workers }, () => new Worker());
  }

  /** Runs test files on the code as it is. Each worker takes a share; `tests` as they should be dealt out. */
  async measure(tests: readonly string[], probes: readonly Probe[]): Promise<readonly Measured[]> {
    const shares = this.#idle.map((worker, nth) => ({ worker, share: tests.filter((_, index) => index % this.#idle.length === nth) }));
    const busy = shares.filter(({ share }) => share.length > 0);
    const answers = await Promise.all(busy.map(({ worker, share }) => worker.ask({ ask: "measure", tests: share, probes: [...probes] })));
    return answers.flatMap((answer) => {
      if (answer.answer !== "measured") throw new Error(`the tests do not run on the code as it is: ${JSON.stringify(answer)}`);
      return answer.files;
    });
  }

  /** Runs tests on one mutant after the other, as many at a time as there are workers, and hands the verdicts on. */
  async tryAll<Item>(items: readonly Item[], runOf: (item: Item) => Omit<Run, "ask">, onVerdict: (item: Item, verdict: Verdict) => void): Promise<void> {
    const left = [...items];
    await Promise.all(
      this.#idle.map(async (worker) => {
        for (let item = left.shift(); item !== undefined; item = left.shift()) {
          onVerdict(item, verdictOf(await worker.ask({ ask: "test", ...runOf(item) })));
        }
      }),
    );
  }

  [Symbol.dispose](): void {
    for (const worker of this.#idle) worker.stop();
  }
}

function verdictOf(answer: Answer): Verdict {
  switch (answer.answer) {
    case "killed":
      return { outcome: "killed", by: answer.by };
    case "survived":
      return { outcome: "survived" };
    case "hung":
      return { outcome: "hung", by: answer.why };
    default:
      throw new Error(`a mutant was not tried: ${JSON.stringify(answer)}`);
  }
}

/** One process; it is started when it is needed, and again after it hung or died of what it was given. */
class Worker {
  #process: ChildProcess | undefined;

  async ask(question: Question): Promise<Answer> {
    const child = this.#process ?? (await this.#start());
    const answer = nextAnswer(child);
    child.send(question);
    const heard = await answer;
    if (heard.answer === "hung") this.stop();
    return heard;
  }

  /** With what its tests started: it is a group of its own. */
  stop(): void {
    const pid = this.#process?.pid;
    this.#process = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(new URL("vitest-worker.ts", import.meta.url), {
      execArgv: ["--max-old-space-size=1536"],
      detached: true,
      // A mutant may make the test runner itself complain at length.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#process = child;
    const first = await nextAnswer(child);
    if (first.answer !== "ready") throw new Error("a worker did not start");
    return child;
  }
}

/** A worker that dies gives an answer too: out of memory, most likely. */
function nextAnswer(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      child.off("message", onMessage);
      resolve({ answer: "hung", why: `the process ended (${code ?? "killed"})` });
    };
    const onMessage = (message: unknown): void => {
      child.off("exit", onExit);
      const { data, error } = Answer.safeParse(message);
      if (data === undefined) reject(error);
      else resolve(data);
    };
    child.once("exit", onExit);
    child.once("message", onMessage);
  });
}
