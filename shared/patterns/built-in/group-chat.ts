import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { type Ask, definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { all } from "./members.ts";

const Config = z.strictObject({
  /** @default - twice as many as there are speakers */
  max_turns: z.int().min(1).max(200).optional(),
  /** Words that travel along; older ones are left out, and how many is said. */
  last_words: z.int().min(1).max(100).default(20),
});
type Config = z.infer<typeof Config>;

const State = z.object({
  goal: z.unknown().optional(),
  words: z.array(z.object({ speaker: z.string(), says: z.unknown() })),
  turns: z.int(),
  /** Place of the one who speaks now. */
  speaker: z.int(),
  /** Turns in which a speaker failed, one after the other. */
  silent: z.int(),
});
type State = z.infer<typeof State>;

/** Several speak over one transcript, one at a time. */
export const groupChat = definePattern<Config, State>({
  name: "group_chat",
  version: 1,
  does: "Several agents speak one at a time over one transcript, in turn or as a selector says, until one says that it is done.",
  members: {
    speakers: { least: 1, most: PATTERN_LIMITS.roles, does: "speak over one transcript" },
    selector: { least: 0, most: 1, does: "says who speaks next; without one they speak in turn" },
  },
  config: Config,
  state: State,
  kinds: ["speak", "next_speaker"],
  init: () => ({ words: [], turns: 0, speaker: -1, silent: 0 }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        state.goal = event.input;
        return [chooseNext(state, setup)];
      case "answered":
      case "failed":
        return event.id.startsWith("next.") ? chosen(state, setup, event) : spoken(state, setup, event);
      case "exhausted":
      case "idle":
        return finish(state, false);
      default:
        return [];
    }
  },
  bound: "max_turns; twice that with a selector",
  callsBound: (setup) => turnsOf(setup) * (all(setup.members, "selector").length + 1),
  best: (state) => outputOf(state, false),
});

const turnsOf = ({ config, members }: Setup<Config>): number => config.max_turns ?? 2 * all(members, "speakers").length;

function transcriptOf({ words, goal }: State, { config }: Setup<Config>): Record<string, unknown> {
  const said = words.slice(-config.last_words);
  return { goal, transcript: said, omitted: words.length - said.length };
}

function chooseNext(state: State, setup: Setup<Config>): Ask {
  const { members } = setup;
  const [selector] = all(members, "selector");
  state.turns += 1;
  if (selector === undefined) return speak(state, setup, nextInTurn(state, setup));
  const message = { ...transcriptOf(state, setup), speakers: all(members, "speakers") };
  return { do: "ask", id: `next.${state.turns}`, role: selector, kind: "next_speaker", round: state.turns, message };
}

const nextInTurn = ({ speaker }: State, { members }: Setup<Config>): number =>
  (speaker + 1) % all(members, "speakers").length;

function speak(state: State, setup: Setup<Config>, place: number): Ask {
  state.speaker = place;
  return {
    do: "ask",
    id: `speak.${state.turns}`,
    role: present(all(setup.members, "speakers")[place]),
    kind: "speak",
    round: state.turns,
    ofRounds: turnsOf(setup),
    message: transcriptOf(state, setup),
  };
}

type Said = Extract<PatternEvent, { kind: "answered" | "failed" }>;

/** Who is not there, or was named by nobody, is replaced by the next in turn. */
function chosen(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  const named = event.kind === "answered" ? z.object({ role: z.string() }).parse(event.output).role : "";
  const place = all(setup.members, "speakers").indexOf(named);
  return [speak(state, setup, place === -1 ? nextInTurn(state, setup) : place)];
}

function spoken(state: State, setup: Setup<Config>, event: Said): readonly PatternAction[] {
  state.silent = event.kind === "failed" ? state.silent + 1 : 0;
  if (event.kind === "answered") {
    const { says, done } = z.object({ says: z.unknown(), done: z.boolean().optional() }).parse(event.output);
    state.words.push({ speaker: event.role, says });
    if (done === true) return finish(state, true);
  }
  const isOver = state.turns >= turnsOf(setup) || state.silent >= all(setup.members, "speakers").length;
  return isOver ? finish(state, false) : [chooseNext(state, setup)];
}

function finish(state: State, done: boolean): readonly PatternAction[] {
  const output = outputOf(state, done);
  if (output !== undefined) return [{ do: "finish", output }];
  return [{ do: "fail", code: "NoResult", message: "no speaker has said anything" }];
}

/** What was said last is the result. */
function outputOf({ words, turns }: State, done: boolean): Record<string, unknown> | undefined {
  const last = words.at(-1);
  return last === undefined ? undefined : { result: last.says, by: last.speaker, done, turns, transcript: words };
}
