/** A state of the automaton: where each character leads, and the texts that end here. */
interface State {
  readonly next: Map<number, State>;
  ends: readonly number[];
}

const stateOf = (): State => ({ next: new Map(), ends: [] });

/**
 * Finds which of many texts a line contains (Aho and Corasick 1975): one walk along the line, whatever their number.
 *
 * @returns finds the indexes of those texts, each once, in no order.
 */
export function searchTexts(texts: readonly string[]): (line: string) => readonly number[] {
  const root = stateOf();
  for (const [index, text] of texts.entries()) {
    let state = root;
    for (let at = 0; at < text.length; at += 1) state = childOf(state, text.charCodeAt(at));
    state.ends = [...state.ends, index];
  }
  const fallback = linkFailures(root);
  return (line) => {
    const found = new Set<number>();
    let state = root;
    for (let at = 0; at < line.length; at += 1) {
      state = step(root, fallback, { state, code: line.charCodeAt(at) });
      for (const index of state.ends) found.add(index);
    }
    return [...found];
  };
}

function childOf({ next }: State, code: number): State {
  const known = next.get(code) ?? stateOf();
  next.set(code, known);
  return known;
}

type Fallback = ReadonlyMap<State, State>;

/** Where the search goes on that finds no way ahead: the longest end of what was read that some text begins with. */
function linkFailures(root: State): Fallback {
  const fallback = new Map<State, State>();
  const queue = [root];
  for (const state of queue) {
    for (const [code, child] of state.next) {
      const to = state === root ? root : step(root, fallback, { state: fallback.get(state) ?? root, code });
      fallback.set(child, to);
      // Nearer states come first, so theirs are complete already.
      child.ends = [...child.ends, ...to.ends];
      queue.push(child);
    }
  }
  return fallback;
}

function step(root: State, fallback: Fallback, { state, code }: { state: State; code: number }): State {
  for (let from = state; ; from = fallback.get(from) ?? root) {
    const to = from.next.get(code);
    if (to !== undefined) return to;
    if (from === root) return root;
  }
}
