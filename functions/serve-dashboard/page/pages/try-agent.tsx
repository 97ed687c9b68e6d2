import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../core/api.ts";
import type { TrialView } from "../core/replies.ts";
import { many, span } from "../core/words.ts";
import { Json } from "../parts/json.tsx";
import { Pill } from "../parts/marks.tsx";
import { Problem } from "../parts/states.tsx";
import type { Look } from "../run/looks.ts";
import { loadTrial, tryAgent } from "./agent-endpoints.ts";

const LOOKS: Readonly<Record<TrialView["status"], Look>> = {
  running: "run", completed: "done", input_required: "ask", failed: "fail", timed_out: "fail",
};

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** Sends a message and follows what comes of it until the agent is done. */
async function followTrial(id: string, message: object, show: (trial: TrialView) => void): Promise<void> {
  let shown = await tryAgent(id, message);
  show(shown);
  while (shown.status === "running") {
    await wait(2000);
    shown = await loadTrial(id, shown.trial_id);
    show(shown);
  }
}

interface Props {
  readonly id: string;
  readonly capabilities: readonly string[];
}

/** Sends one real message and shows all that was sent and heard. */
export function TryAgent({ id, capabilities }: Props): JSX.Element {
  const [trial, setTrial] = useState<TrialView | undefined>(undefined);
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const text = new FormData(event.currentTarget).get("text");
    setBusy(true);
    setError(undefined);
    try {
      await followTrial(id, messageOf(typeof text === "string" ? text : ""), setTrial);
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="panel card" aria-label="Try it">
      <header><h2>Try it</h2></header>
      <form onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for="try-text">Message</label>
          <textarea
            id="try-text" name="text" rows={4} required
            placeholder={`Words, or JSON such as {"skill": "${capabilities[0] ?? "echo"}"}`}
          />
        </div>
        <button type="submit" disabled={isBusy}>{isBusy ? "Waiting for the agent …" : "Send"}</button>
        <span class="hint"> One real message, outside any workflow.</span>
      </form>
      {error === undefined ? null : <Problem error={error} />}
      {trial === undefined ? null : <Trial of={trial} />}
    </section>
  );
}

/** What looks like an object travels as data. */
function messageOf(text: string): object {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" ? { data } : { text };
  } catch {
    return { text };
  }
}

function Trial({ of }: { readonly of: TrialView }): JSX.Element {
  const { status, output, failure, exchanges, exchanges_left_out: leftOut } = of;
  return (
    <div class="trial" role="status">
      <p><Pill look={LOOKS[status]}>{status.replace("_", " ")}</Pill></p>
      {failure === undefined ? null : <p class="fail-words">{failure.message} <code>{failure.code}</code></p>}
      {output === undefined ? null : <Json value={output} label="Answer" />}
      {exchanges.length === 0 ? null : (
        <details>
          <summary>{many(exchanges.length + leftOut, "exchange")} with the agent</summary>
          {exchanges.map(({ at, duration_ms: took, request, reply, failure: broken }) => (
            <div key={at} class="exchange">
              <p>
                <b>{request.method}</b> <code class="wrap">{request.url}</code>{" "}
                <span class="dim">{reply?.status ?? broken} · {span(took)}</span>
              </p>
              {request.body === undefined ? null : <Json value={request.body} label="Sent" />}
              {reply === undefined ? null : <Json value={reply.body} label="Heard" />}
            </div>
          ))}
        </details>
      )}
    </div>
  );
}
