import * as z from "zod";
import { present } from "../../core/present.ts";
import { PATTERN_LIMITS } from "../limits.ts";
import { type Ask, definePattern, type PatternAction, type PatternEvent, type Setup } from "../pattern.ts";
import { only } from "./members.ts";

const Config = z.strictObject({
  /** Field of the input that holds the list. */
  items: z.string().min(1).max(PATTERN_LIMITS.nameCharacters).default("items"),
  /** A longer list is refused. */
  max_items: z.int().min(1).max(PATTERN_LIMITS.partitions).default(100),
  /** Questions that are under way at a time. */
  parallel: z.int().min(1).max(PATTERN_LIMITS.actionsPerStep).default(10),
  /** Results that one reduction takes. */
  fan_in: z.int().min(2).max(100).default(20),
  /** How often an item or a reduction is done again, by another agent where there is one. */
  max_redo: z.int().min(0).max(5).default(1),
  /** Items that may be missing in the end; the reducer is told which. */
  tolerated: z.int().min(0).default(0),
});
type Config = z.infer<typeof Config>;

/** An item, or a reduction of results of the level before. */
const Piece = z.object({
  level: z.int(),
  /** Of an item; a reduction has its inputs. */
  item: z.unknown().optional(),
  inputs: z.array(z.int()),
  standing: z.enum(["left", "at_work", "done", "lost"]),
  tries: z.int(),
  tried: z.array(z.string()),
  result: z.unknown().optional(),
});
type Piece = z.infer<typeof Piece>;

const State = z.object({ goal: z.unknown().optional(), pieces: z.array(Piece), level: z.int() });
type State = z.infer<typeof State>;

const List = z.record(z.string(), z.unknown());

/** Every item of a list is worked on by itself, then the results become one, so many at a time. */
export const mapReduce = definePattern<Config, State>({
  name: "map_reduce",
  version: 1,
  does: "Each item of a list is worked on by itself; then results become one, so many at a time, level by level.",
  members: {
    mapper: { least: 1, most: 1, does: "works on one item" },
    reducer: { least: 1, most: 1, does: "makes one result of several" },
  },
  config: Config,
  state: State,
  kinds: ["delegate", "synthesize"],
  init: () => ({ goal: undefined, pieces: [], level: 0 }),
  step(state, event, setup) {
    switch (event.kind) {
      case "started":
        return begin(state, setup, event.input);
      case "answered":
      case "failed":
        return hear(state, setup, event);
      case "exhausted":
      case "idle":
        return [{ do: "fail", code: "NoResult", message: `${event.kind} before everything was reduced` }];
      default:
        return [];
    }
  },
  bound: "(max_items + reductions) × (1 + max_redo), where reductions are at most max_items / (fan_in − 1) + 1",
  callsBound: ({ config: { max_items: most, fan_in: fan, max_redo: redo } }) => (most + Math.ceil(most / (fan - 1)) + 1) * (1 + redo),
  // A part of a sum is not the sum.
  best: () => undefined,
});

function begin(state: State, setup: Setup<Config>, input: unknown): readonly PatternAction[] {
  const { items: field, max_items: most } = setup.config;
  state.goal = input;
  const found = List.safeParse(input).data;
  const list = found?.[field] ?? List.safeParse(found?.["input"]).data?.[field];
  const refuse = (message: string): PatternAction[] => [{ do: "fail", code: "NoItems", message }];
  if (!Array.isArray(list) || list.length === 0) return refuse(`the input has no list '${field}'`);
  if (list.length > most) return refuse(`'${field}' has ${list.length} items, more than ${most}; raise max_items`);
  state.pieces = list.map((item: unknown) => newPiece({ level: 0, item, inputs: [] }));
  return giveOut(state, setup);
}

const newPiece = (piece: Pick<Piece, "level" | "item" | "inputs">): Piece => ({ ...piece, standing: "left", tries: 0, tried: [] });

function giveOut(state: State, setup: Setup<Config>): Ask[] {
  const pieces = [...state.pieces.entries()];
  const room = setup.config.parallel - pieces.filter(([, { standing }]) => standing === "at_work").length;
  const left = pieces.filter(([, { standing }]) => standing === "left");
  return left.slice(0, Math.max(0, room)).map(([place]) => ask(state, setup, place));
}

function ask(state: State, { members }: Setup<Config>, place: number): Ask {
  const piece = present(state.pieces[place]);
  piece.standing = "at_work";
  piece.tries += 1;
  const again = piece.tries > 1 ? { attempt: piece.tries } : {};
  const asked = { do: "ask", id: `piece.${place}.${piece.tries}`, exclude: piece.tried, thread: `piece ${place}` } as const;
  if (piece.level === 0) {
    const message = { goal: "work on this item", item: piece.item, index: place, ...again };
    return { ...asked, role: only(members, "mapper"), kind: "delegate", message };
  }
  const results = piece.inputs.map((input) => present(state.pieces[input]).result);
  const missing = state.pieces.flatMap(({ level, standing }, index) => (level === 0 && standing === "lost" ? [index] : []));
  const message = { goal: "make one result of these", results, ...(missing.length === 0 ? {} : { missing }), ...again };
  return { ...asked, role: only(members, "reducer"), kind: "synthesize", message };
}

function hear(
  state: State,
  setup: Setup<Config>,
  event: Extract<PatternEvent, { kind: "answered" | "failed" }>,
): readonly PatternAction[] {
  const piece = present(state.pieces[Number(event.id.split(".")[1])]);
  if (event.kind === "answered") Object.assign(piece, { standing: "done", result: event.output });
  else {
    if (event.agent !== "") piece.tried.push(event.agent);
    piece.standing = piece.tries > setup.config.max_redo ? "lost" : "left";
  }
  const lost = state.pieces.filter(({ standing }) => standing === "lost");
  const code = event.kind === "failed" ? event.code : "";
  if (lost.some(({ level }) => level > 0)) return [{ do: "fail", code: "ReductionFailed", message: `results were not made one: ${code}` }];
  if (lost.length > setup.config.tolerated)
    return [{ do: "fail", code: "ItemsFailed", message: `${lost.length} items failed, ${setup.config.tolerated} may: ${code}` }];
  return goOn(state, setup);
}

/** More of this level, or the next level, or the end. */
function goOn(state: State, setup: Setup<Config>): readonly PatternAction[] {
  const level = [...state.pieces.entries()].filter(([, piece]) => piece.level === state.level);
  if (level.some(([, { standing }]) => standing === "left" || standing === "at_work")) return giveOut(state, setup);
  const done = level.filter(([, { standing }]) => standing === "done").map(([place]) => place);
  if (done.length === 0) return [{ do: "fail", code: "ItemsFailed", message: "no item gave a result" }];
  if (state.level > 0 && done.length === 1) return [{ do: "finish", output: outputOf(state, present(done[0])) }];
  state.level += 1;
  const { fan_in: fan } = setup.config;
  for (let from = 0; from < done.length; from += fan) {
    state.pieces.push(newPiece({ level: state.level, inputs: done.slice(from, from + fan) }));
  }
  return giveOut(state, setup);
}

function outputOf({ pieces, level }: State, last: number): Record<string, unknown> {
  const items = pieces.filter((piece) => piece.level === 0);
  const missing = items.flatMap(({ standing }, index) => (standing === "lost" ? [index] : []));
  return { result: present(pieces[last]).result, items: items.length, missing, levels: level };
}
