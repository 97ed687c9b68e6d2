import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { type Ask, definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { all, only } from "./members.ts";
import { conclude, Config, isDone, outputOf, State, type Subtask, subtaskOf, told } from "./supervised.ts";

type Answered = Extract<PatternEvent, { kind: "answered" }>;

/** One agent splits the goal, gives parts to workers, judges what comes back and makes one answer of it. */
export const supervisor = definePattern<Config, State>({
  name: "supervisor",
  version: 1,
  does: "One agent splits the goal, workers do the parts, the results are judged and done again by others where they fall short, and one answer is made of them.",
  members: {
    supervisor: { least: 1, most: 1, does: "splits, judges and puts together" },
    workers: { least: 1, most: PATTERN_LIMITS.roles, does: "do the subtasks" },
  },
  config: Config,
  state: State,
  kinds: ["decompose", "delegate", "assess", "synthesize"],
  init: () => ({ goal: undefined, phase: "plan", plans: 0, subtasks: [], first: 0 }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return [decompose(state, setup)];
      case "answered":
        return answered(state, setup, event);
      case "failed":
        return failed(state, setup, event);
      case "exhausted":
      case "idle":
        return conclude(state, `${event.kind} before a result`);
      default:
        return [];
    }
  },
  bound:
    "(1 + replan) × (1 + max_subtasks × (1 + max_redo) × 2) + 1; without judgement (min_quality 0) × 1 in place of × 2",
  callsBound: ({ config: { replan, max_subtasks: most, max_redo: redo, min_quality: least } }) =>
    (1 + replan) * (1 + most * (1 + redo) * (least > 0 ? 2 : 1)) + 1,
  best: (state) => outputOf(state),
});

function decompose(state: State, { config, members }: Setup<Config>): Ask {
  state.phase = "plan";
  state.plans += 1;
  state.first = state.subtasks.length;
  const message = {
    goal: state.goal,
    workers: [...new Set(all(members, "workers"))],
    max_subtasks: config.max_subtasks,
    ...(state.subtasks.length === 0
      ? {}
      : {
          done: state.subtasks.filter(({ standing }) => standing === "accepted").map(told),
          not_done: state.subtasks.filter(({ standing }) => standing === "given_up").map(told),
        }),
  };
  return {
    do: "ask",
    id: `decompose.${state.plans}`,
    role: only(members, "supervisor"),
    kind: "decompose",
    round: state.plans,
    ofRounds: config.replan + 1,
    message,
  };
}

function answered(state: State, setup: Setup<Config>, event: Answered): readonly PatternAction[] {
  if (state.phase === "synthesize")
    return [{ do: "finish", output: { ...outputOf(state), result: event.output, synthesized: true } }];
  if (state.phase === "plan") return planned(state, setup, event);
  const subtask = subtaskOf(state, event.id);
  if (event.id.startsWith("work.")) {
    if (setup.config.min_quality > 0) return [assess(state, setup, { subtask, event })];
    accept(subtask, event.output);
  } else judge(subtask, setup, event);
  return goOn(state, setup);
}

const Plan = z.object({
  subtasks: z.array(
    z.object({
      id: z.string(),
      role: z.string(),
      goal: z.string(),
      after: z.array(z.string()).optional(),
      acceptance: z.string().optional(),
    }),
  ),
});

/** What names no worker, or an id twice, is no subtask; one may only come after those before it. */
function planned(state: State, setup: Setup<Config>, { output }: Answered): readonly PatternAction[] {
  const workers = all(setup.members, "workers");
  const { subtasks } = Plan.parse(output);
  const usable = subtasks
    .filter(({ id, role }, place) => workers.includes(role) && subtasks.findIndex((one) => one.id === id) === place)
    .slice(0, setup.config.max_subtasks);
  for (const [place, { id, role, goal, acceptance, after = [] }] of usable.entries()) {
    const before = after
      .map((one) => usable.findIndex(({ id: known }) => known === one))
      .filter((at) => at >= 0 && at < place);
    state.subtasks.push({
      id,
      role,
      goal,
      acceptance,
      after: before.map((at) => state.first + at),
      standing: "waiting",
      tries: 0,
      output: undefined,
      tried: [],
    });
  }
  if (usable.length > 0) {
    state.phase = "work";
    return goOn(state, setup);
  }
  if (state.plans <= setup.config.replan) return [decompose(state, setup)];
  const known = [...new Set(workers)].join(", ");
  return outputOf(state) === undefined
    ? [{ do: "fail", code: "BadDecomposition", message: `no subtask names a role of the workers: ${known}` }]
    : conclude(state, "");
}

function assess(
  state: State,
  { members }: Setup<Config>,
  { subtask, event }: { subtask: Subtask; event: Answered },
): Ask {
  subtask.judged = { output: event.output, agent: event.agent };
  const { id, goal, acceptance } = subtask;
  const message = { goal, subtask: id, ...(acceptance === undefined ? {} : { acceptance }), result: event.output };
  return {
    do: "ask",
    id: event.id.replace("work.", "assess."),
    role: only(members, "supervisor"),
    kind: "assess",
    message,
    thread: `assess ${state.subtasks.indexOf(subtask)}`,
  };
}

function accept(subtask: Subtask, output: unknown): void {
  subtask.standing = "accepted";
  subtask.output = output;
}

/** Good enough, or again by another agent; the best attempt is kept. */
function judge(subtask: Subtask, { config }: Setup<Config>, { output }: Answered): void {
  const { score, feedback } = z.object({ score: z.number(), feedback: z.string().optional() }).parse(output);
  const judged = present(subtask.judged);
  subtask.judged = undefined;
  if (score >= (subtask.score ?? 0)) {
    subtask.score = score;
    subtask.output = judged.output;
  }
  if (score >= config.min_quality) return accept(subtask, judged.output);
  subtask.feedback = feedback;
  again(subtask, config, judged.agent);
}

function again(subtask: Subtask, { max_redo: most }: Config, agent: string): void {
  if (agent !== "") subtask.tried.push(agent);
  subtask.standing = subtask.tries > most ? "given_up" : "waiting";
}

function failed(
  state: State,
  setup: Setup<Config>,
  { id, role, agent, code }: Extract<PatternEvent, { kind: "failed" }>,
): readonly PatternAction[] {
  if (state.phase !== "work") return conclude(state, `${role} failed: ${code}`);
  const subtask = subtaskOf(state, id);
  if (id.startsWith("assess.")) {
    // Nobody can judge it: a result that was not judged is better than none.
    accept(subtask, present(subtask.judged).output);
    subtask.judged = undefined;
    return goOn(state, setup);
  }
  const { on_worker_failure: rule } = setup.config;
  if (rule === "fail")
    return [{ do: "fail", code: "WorkerFailed", message: `subtask '${subtask.id}' failed at ${role}: ${code}` }];
  subtask.feedback = `the last attempt failed: ${code}`;
  if (rule === "skip") subtask.standing = "given_up";
  else again(subtask, setup.config, agent);
  return goOn(state, setup);
}

/** Gives out what may begin; with nothing left to do, splits what was given up anew or puts the results together. */
function goOn(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const current = state.subtasks.slice(state.first);
  const ready = current.filter(
    (one) => one.standing === "waiting" && one.after.every((at) => isDone(present(state.subtasks[at]))),
  );
  if (ready.length > 0) return ready.map((subtask) => delegate(state, subtask));
  if (!current.every(isDone)) return [];
  if (current.some(({ standing }) => standing === "given_up") && state.plans <= setup.config.replan)
    return [decompose(state, setup)];
  state.phase = "synthesize";
  return [
    {
      do: "ask",
      id: "synthesize",
      role: only(setup.members, "supervisor"),
      kind: "synthesize",
      message: { goal: state.goal, results: state.subtasks.map(told) },
    },
  ];
}

function delegate(state: State, subtask: Subtask): Ask {
  const { id, role, goal, acceptance, feedback, tried, output } = subtask;
  subtask.standing = "at_work";
  subtask.tries += 1;
  const inputs = subtask.after.map((at) => told(present(state.subtasks[at])));
  const message = {
    goal,
    subtask: id,
    whole_goal: state.goal,
    inputs,
    ...(acceptance === undefined ? {} : { acceptance }),
    ...(feedback === undefined ? {} : { feedback, best_so_far: output ?? null }),
  };
  const place = state.subtasks.indexOf(subtask);
  return {
    do: "ask",
    id: `work.${place}.${subtask.tries}`,
    role,
    kind: "delegate",
    message,
    exclude: tried,
    thread: `subtask ${place}`,
  };
}
