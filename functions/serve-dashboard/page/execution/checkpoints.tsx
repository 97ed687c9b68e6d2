import type { JSX } from "preact";
import { listCheckpoints, steer } from "../core/endpoints.ts";
import type { CheckpointView } from "../core/replies.ts";
import { mayControl } from "../core/me.ts";
import { many } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { propose } from "../parts/act.ts";
import { When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import type { Screen } from "../run/screen.ts";
import { actsOn } from "./acts.ts";
import type { RunSession } from "./run-session.ts";

/** Marked states, and the way back to them. */
export function Checkpoints({ session, screen }: { readonly session: RunSession; readonly screen: Screen }): JSX.Element {
  const checkpoints = useLoad(`checkpoints ${session.execution}`, (signal) => listCheckpoints(session.execution, signal), 5000);
  const mark = actsOn(session, screen).find(({ name }) => name === "checkpoint");
  const mayGoBack = mayControl() && screen.run.head.value?.legal_moves.includes("resume_from_checkpoint") === true;
  return (
    <section class="panel" aria-label="Checkpoints">
      <div class="toolbar">
        <span class="grow dim">Every moment can be gone back to; these are marked.</span>
        {mark === undefined ? null : <button type="button" onClick={mark.propose}>Mark one now</button>}
      </div>
      <Shown of={checkpoints}>
        {({ checkpoints: all }) =>
          all.length === 0 ? (
            <Empty title="Nothing is marked yet"><p>Pausing marks a checkpoint by itself.</p></Empty>
          ) : (
            <ul class="lines">
              {all.map((checkpoint) => (
                <li key={checkpoint.checkpoint_id}>
                  <When at={checkpoint.checkpoint_timestamp} />
                  <span>{checkpoint.reason}</span>
                  <span class="grow dim">{many(checkpoint.settled_tasks, "task")} settled · by {checkpoint.created_by}</span>
                  {mayGoBack ? <button type="button" onClick={() => goBack(session, checkpoint)}>Go back here</button> : null}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </section>
  );
}

function goBack(session: RunSession, { checkpoint_id: id, settled_tasks: settled }: CheckpointView): void {
  propose({
    title: "Go back to this checkpoint?",
    explains: `${many(settled, "task")} that had settled by then keep their results; what settled later starts over.`,
    button: "Go back",
    says: "Taken back",
    run: ({ reason }) =>
      steer(session.execution, { action: "resume", ...(reason ? { reason } : {}), parameters: { checkpoint_id: id } }),
    done: () => void session.refresh(),
  });
}
