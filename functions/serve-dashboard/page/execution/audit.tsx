import type { JSX } from "preact";
import { loadAudit } from "../core/endpoints.ts";
import { count } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { CopyId, Pill } from "../parts/marks.tsx";
import { Shown } from "../parts/states.tsx";

/** Whether the history is whole, and leads to what is on record. */
export function Audit({ execution }: { readonly execution: string }): JSX.Element {
  const audit = useLoad(`audit ${execution}`, (signal) => loadAudit(execution, signal));
  return (
    <section class="panel" aria-label="Audit">
      <Shown of={audit}>
        {({ verified, length, head_hash: hash, unchained, replay, first_defect: defect }) => (
          <div class="audit">
            <p>
              {verified ? <Pill look="done">history is whole</Pill> : <Pill look="fail">history was altered</Pill>}
              {replay.consistent ? <Pill look="done">replay leads to the state on record</Pill> : <Pill look="fail">replay leads elsewhere</Pill>}
            </p>
            <dl>
              <dt>Links</dt>
              <dd>{count(length)}</dd>
              <dt>Not chained yet</dt>
              <dd>{count(unchained)}</dd>
              <dt>Events replayed</dt>
              <dd>{count(replay.events)}</dd>
              <dt>Newest hash</dt>
              <dd><CopyId id={hash} label="hash" /></dd>
            </dl>
            {defect === undefined ? null : <p class="fail-words">{defect.kind} at {defect.index}</p>}
            {replay.differences.length === 0 ? null : (
              <ul class="lines">
                {replay.differences.map(({ task_id: task, field, replayed, stored }) => (
                  <li key={`${task} ${field}`}><b>{task ?? "execution"}</b> <span>{field}: replayed {String(replayed)}, stored {String(stored)}</span></li>
                ))}
              </ul>
            )}
            <button type="button" onClick={audit.reload}>Verify again</button>
          </div>
        )}
      </Shown>
    </section>
  );
}
