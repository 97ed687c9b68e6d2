import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../core/api.ts";
import { isExpired } from "../core/session.ts";
import { isSeen } from "./clock.ts";

/** What was asked for: the newest answer, and what became of the last question. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  /** Why the last question got no answer; `value` is older then. */
  readonly error: ApiError | undefined;
  readonly reload: () => void;
}

type Load<Value> = (signal: AbortSignal) => Promise<Value>;

/**
 * Loads something, and again every `everyMs` while the tab is seen. @param key tells one thing from another: with a new
 * one nothing of the old is shown.
 */
export function useLoad<Value>(key: string, load: Load<Value>, everyMs?: number): Loaded<Value> {
  const [state, setState] = useState<{ key: string; value?: Value; error?: ApiError | undefined }>({ key });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const question = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      const outcome = isExpired.peek() || !isSeen.peek() ? undefined : await answerOf(latest.current, question.signal);
      if (question.signal.aborted) return;
      if (outcome !== undefined) setState((old) => ({ ...(old.key === key ? old : {}), key, error: undefined, ...outcome }));
      if (everyMs !== undefined || outcome?.error?.mayPass === true) timer = setTimeout(() => void ask(), everyMs ?? 3000);
    };
    void ask();
    const stopWaiting = isExpired.subscribe((expired) => {
      if (!expired && everyMs === undefined) void ask();
    });
    return () => {
      question.abort();
      clearTimeout(timer);
      stopWaiting();
    };
  }, [key, everyMs, round]);
  const current = state.key === key ? state : { key };
  return { value: current.value, error: current.error, reload: () => setRound((last) => last + 1) };
}

async function answerOf<Value>(load: Load<Value>, signal: AbortSignal): Promise<{ value: Value; error?: undefined } | { value?: never; error: ApiError } | undefined> {
  try {
    return { value: await load(signal) };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof ApiError) return { error };
    throw error;
  }
}
