import { readAnswer } from "./answers.ts";
import type { Effect, Heard, LoggedStep, Turned } from "./heard.ts";
import { PATTERN_LIMITS } from "./limits.ts";
import type { PatternAction, PatternEvent, PreparedPattern } from "./pattern.ts";
import type { OpenAction, PatternEnd, PatternRun } from "./pattern-run.ts";
import { isRepetition, isSayingTheSame } from "./repetition.ts";

/**
 * The host of a pattern. It, not the pattern, owns the end.
 *
 * 1. An id is used once, for ever; what is heard of an instance that is not open is dropped: repeats change nothing.
 * 2. Whatever is begun costs one unit of fuel. Without fuel it is refused, and once nothing is open any more the pattern
 *    has its last word; then it ends with the best that there is.
 * 3. Nothing open and no end: `idle`, once; then it fails with `PatternStalled`. A step that throws fails it with
 *    `PatternFaulted`.
 * 4. An answer that does not have the shape of its kind is asked for once more, for one unit of fuel; then it is a
 *    failure with `BadAnswer`.
 * 5. The same question a fourth time, or the same progress three times in a row from one agent, is a repetition: the
 *    pattern hears `stalled` twice, then it ends.
 *
 * It ends in 5 + 2 × fuel steps at most: what is heard removes something open, `idle` is renewed only by that,
 * everything begun costs fuel, and everything open settles because tasks have deadlines.
 */

/** Has a pattern hear something. Pure: the same run and news give the same bytes. */
export function hear(pattern: PreparedPattern, before: PatternRun, heard: Heard): Turned {
  const hearing = new Hearing(pattern, structuredClone(before), heard.at);
  hearing.take(heard);
  return { run: hearing.run, effects: hearing.effects, steps: hearing.steps };
}

type FromInstance = Extract<Heard, { n: number }>;

class Hearing {
  readonly run: PatternRun;
  readonly effects: Effect[] = [];
  readonly steps: LoggedStep[] = [];
  readonly #pattern: PreparedPattern;
  readonly #at: string;
  #repeats = false;

  constructor(pattern: PreparedPattern, run: PatternRun, at: string) {
    this.#pattern = pattern;
    this.run = run;
    this.#at = at;
  }

  take(heard: Heard): void {
    if (this.run.end !== undefined) return;
    switch (heard.kind) {
      case "started":
        if (this.run.steps === 0) this.#step({ kind: "started", input: heard.input, seed: heard.seed });
        break;
      case "exhausted":
        return this.#exhaust(heard.bound);
      default: {
        const event = this.#admit(heard);
        if (event === undefined) return;
        this.#step(event);
      }
    }
    this.#goOn();
  }

  #admit(heard: FromInstance): PatternEvent | undefined {
    const { run } = this;
    const open = run.open.find(({ n }) => n === heard.n);
    if (open === undefined) return undefined;
    const { id, ask } = open;
    if (ask === undefined) {
      this.#close(open);
      return heard.kind === "timer" ? { kind: "timer", id } : undefined;
    }
    if (heard.kind === "timer") return undefined;
    const { role } = ask;
    const { agent } = heard;
    if (heard.kind === "failed") {
      this.#close(open);
      return { kind: "failed", id, role, agent, code: heard.code };
    }
    const read = readAnswer(ask.kind, heard.output);
    if ("finding" in read) {
      if (this.#askAgain(open, read.finding)) return undefined;
      this.#close(open);
      return { kind: "failed", id, role, agent, code: "BadAnswer" };
    }
    this.#close(open);
    if (isSayingTheSame(run, { kind: ask.kind, role, agent, output: read.output })) this.#repeats = true;
    return { kind: "answered", id, role, agent, output: read.output };
  }

  #close(open: OpenAction): void {
    this.run.open = this.run.open.filter((one) => one !== open);
    this.run.idled = false;
  }

  #askAgain(open: OpenAction, finding: string): boolean {
    const { run } = this;
    if (open.ask === undefined || open.ask.again || run.fuel === 0 || run.exhausted !== undefined) return false;
    const of = open.n;
    run.fuel -= 1;
    open.n = run.next++;
    open.ask.again = true;
    this.effects.push({ do: "repeat", n: open.n, of, finding });
    return true;
  }

  #step(event: PatternEvent): void {
    const { run } = this;
    run.steps += 1;
    const [state, actions] = this.#fold(event);
    run.state = state;
    const done: string[] = [];
    const refused: string[] = [];
    for (const action of actions.slice(0, PATTERN_LIMITS.actionsPerStep)) {
      if (run.end !== undefined) break;
      const name = "id" in action ? `${action.do} ${action.id}` : action.do;
      (this.#carryOut(action) ? done : refused).push(name);
    }
    this.steps.push({ event: event.kind, ...("id" in event ? { id: event.id } : {}), actions: done, refused });
  }

  #fold(event: PatternEvent): readonly [unknown, readonly PatternAction[]] {
    const fault = (code: string, message: string) =>
      [this.run.state, [{ do: "fail", code, message } as const]] as const;
    try {
      const [state, actions] = this.#pattern.step(this.run.state, event);
      const json = JSON.stringify(state);
      const bytes = Buffer.byteLength(json);
      // As the next step will read it from its row.
      if (bytes <= PATTERN_LIMITS.stateBytes) return [JSON.parse(json), actions];
      return fault(
        "PatternStateTooLarge",
        `the pattern remembers ${bytes} bytes, more than ${PATTERN_LIMITS.stateBytes}`,
      );
    } catch (error) {
      // A task that can never end would be worse than one that fails by the fault of its pattern.
      return fault("PatternFaulted", `its ${event.kind} step failed: ${String(Reflect.get(Object(error), "name"))}`);
    }
  }

  /** @returns whether it was accepted. */
  #carryOut(action: PatternAction): boolean {
    switch (action.do) {
      case "finish":
        this.#end({ do: "finish", output: { ...action.output } });
        return true;
      case "fail":
        this.#end({ do: "fail", code: action.code, message: action.message });
        return true;
      case "cancel":
        return this.#cancel(action.id);
      case "ask":
      case "wait":
        return this.#begin(action);
      default:
        return action satisfies never;
    }
  }

  #begin(action: Extract<PatternAction, { do: "ask" | "wait" }>): boolean {
    const { run } = this;
    if (run.used.includes(action.id) || run.exhausted !== undefined) return false;
    if (run.fuel === 0) {
      run.exhausted = "max_calls";
      return false;
    }
    if (action.do === "ask" && isRepetition(run, action)) {
      this.#repeats = true;
      return false;
    }
    run.fuel -= 1;
    run.used.push(action.id);
    const n = run.next++;
    if (action.do === "wait") {
      const until = new Date(Date.parse(this.#at) + action.seconds * 1000).toISOString();
      run.open.push({ id: action.id, n, until });
      this.effects.push({ do: "wait", n, until });
    } else {
      run.open.push({ id: action.id, n, ask: { role: action.role, kind: action.kind, again: false } });
      this.effects.push({ do: "ask", n, ask: action });
    }
    return true;
  }

  #cancel(id: string): boolean {
    const open = this.run.open.find((one) => one.id === id);
    if (open === undefined) return false;
    this.run.open = this.run.open.filter((one) => one !== open);
    this.effects.push({ do: "cancel", n: open.n });
    return true;
  }

  #end(end: PatternEnd): void {
    const { run } = this;
    for (const { n } of run.open) this.effects.push({ do: "cancel", n });
    run.open = [];
    const bound = run.exhausted;
    if (bound === undefined) run.end = end;
    else if (end.do === "fail") run.end = { ...end, bound };
    else run.end = { ...end, output: { ...end.output, partial: true, bound }, bound };
  }

  /** What follows from a step that did not end it. */
  #goOn(): void {
    const { run } = this;
    while (run.end === undefined) {
      if (this.#repeats) this.#stall();
      else if (run.open.length > 0) return;
      else if (run.exhausted !== undefined) this.#lastWord(run.exhausted);
      else if (run.idled)
        this.#end({
          do: "fail",
          code: "PatternStalled",
          message: "nothing is under way and the pattern asks for nothing more",
        });
      else {
        run.idled = true;
        this.#step({ kind: "idle" });
      }
    }
  }

  #stall(): void {
    this.#repeats = false;
    this.run.said = [];
    this.run.stalls += 1;
    if (this.run.stalls > PATTERN_LIMITS.stalls) this.#exhaust("stalled");
    else this.#step({ kind: "stalled", stalls: this.run.stalls });
  }

  #exhaust(bound: string): void {
    this.run.exhausted = bound;
    this.#lastWord(bound);
  }

  /** The pattern says how it ends; the best that there is counts where it says nothing. */
  #lastWord(bound: string): void {
    this.#step({ kind: "exhausted", bound });
    if (this.run.end !== undefined) return;
    const output = this.#pattern.best(this.run.state);
    if (output !== undefined) return this.#end({ do: "finish", output: { ...output } });
    this.#end({
      do: "fail",
      code: "PatternExhausted",
      message: `${bound} was reached before there was anything to give`,
    });
  }
}
