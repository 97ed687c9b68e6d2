/**
 * A generator that says once when its reader has left it: at its end, at a failure, and when it is returned. A generator
 * of its own could not: its `finally` never runs for a reader that leaves before the first value.
 */
export function whenLeft<Value>(
  source: AsyncGenerator<Value, void, undefined>,
  leave: () => Promise<unknown>,
): AsyncGenerator<Value, void, undefined> {
  let left: Promise<unknown> | undefined;
  const go = async (): Promise<void> => void (await (left ??= leave()));
  const take = async (step: () => Promise<IteratorResult<Value, void>>): Promise<IteratorResult<Value, void>> => {
    let isDone = true;
    try {
      const result = await step();
      isDone = result.done === true;
      return result;
    } finally {
      if (isDone) await go();
    }
  };
  const generator: AsyncGenerator<Value, void, undefined> = {
    next: () => take(() => source.next()),
    return: (value) => take(() => source.return(value)),
    throw: (error) => take(() => source.throw(error)),
    [Symbol.asyncIterator]: () => generator,
    [Symbol.asyncDispose]: async () => void (await generator.return()),
  };
  return generator;
}
