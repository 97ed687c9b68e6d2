const MOST_EXPRESSIONS = 2000;

/** Remembers what was compiled; texts that were not seen for long give way. */
export function cached<Compiled>(compile: (text: string) => Compiled): (text: string) => Compiled {
  const known = new Map<string, Compiled>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const compiled = compile(text);
    if (known.size >= MOST_EXPRESSIONS)
      for (const oldest of [...known.keys()].slice(0, MOST_EXPRESSIONS / 2)) known.delete(oldest);
    known.set(text, compiled);
    return compiled;
  };
}
