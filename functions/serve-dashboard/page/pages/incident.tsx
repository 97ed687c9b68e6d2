import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { loadIncident } from "./incident-endpoints.ts";
import { may } from "../core/me.ts";
import type { IncidentDetail } from "../core/replies.ts";
import { many, plain } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { Json } from "../parts/json.tsx";
import { CopyId, Pill, When } from "../parts/marks.tsx";
import { Shown } from "../parts/states.tsx";
import { incidentActs, proposeRevert, responseActs } from "./incident-acts.ts";
import { incidentWords, lookOfIncident } from "./incident-words.ts";

/** One incident: what is wrong, what happened, who was told, what to do. */
export function Incident({ id }: { readonly id: string }): JSX.Element {
  const incident = useLoad(`incident ${id}`, (signal) => loadIncident(id, signal), 2000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <Shown of={incident}>
        {(found) => (
          <>
            <div class="page-head">
              <h1>{found.description}</h1>
              <Pill look={lookOfIncident(found)}>{incidentWords(found)}</Pill>
              {actsOf(found, incident.reload).map(({ label, isDangerous, propose }) => (
                <button key={label} type="button" class={isDangerous === true ? "danger" : ""} onClick={propose}>{label}</button>
              ))}
            </div>
            <div class="columns">
              <Facts of={found} />
              <Timeline of={found} />
              <Responses of={found} changed={incident.reload} />
              <WhatToDo of={found} />
            </div>
          </>
        )}
      </Shown>
    </main>
  );
}

const actsOf = (incident: IncidentDetail, changed: () => void) => [
  ...(may("incident:manage") ? incidentActs(incident, changed) : []),
  ...(may("incident:manage") && may("agent:manage") ? responseActs(incident, changed) : []),
];

function Facts({ of }: { readonly of: IncidentDetail }): JSX.Element {
  const { context = {} } = of;
  const agent = context["agent_id"];
  return (
    <section class="panel card" aria-label="About it">
      <header><h2>About it</h2></header>
      <dl>
        <dt>Kind</dt><dd>{plain(of.incident_type)}</dd>
        <dt>Found by</dt><dd>{of.rule ?? of.detection_source ?? of.created_by}</dd>
        <dt>Began</dt><dd><When at={of.created_at} />{of.occurrences > 1 ? `, ${many(of.occurrences, "time")}` : ""}</dd>
        {of.acknowledged_by === undefined ? null : <><dt>Taken by</dt><dd>{of.acknowledged_by}</dd></>}
        {of.resolution === undefined ? null : <><dt>Resolved</dt><dd><When at={of.resolved_at} /> by {of.resolved_by}: {of.resolution}</dd></>}
        {typeof agent === "string" ? <><dt>Agent</dt><dd><a href={pathTo(["agents", agent])}>{agent}</a></dd></> : null}
        <dt>Components</dt><dd>{of.affected_components.join(", ") || "–"}</dd>
        <dt>Id</dt><dd><CopyId id={of.incident_id} /></dd>
      </dl>
      {Object.keys(context).length === 0 ? null : <Json value={context} label="What was seen" />}
    </section>
  );
}

interface Line {
  readonly key: string;
  readonly at: string;
  readonly what: string;
  readonly text: string;
}

/** Moves and what channels were told of them, in the order of time. */
function linesOf({ timeline, notices }: IncidentDetail): Line[] {
  const moves = timeline.map(({ revision, at, what, by, text = "" }) => ({ key: `${revision}`, at, what: `${plain(what)} by ${by}`, text }));
  const told = notices.map(({ notice_id: key, event, status, channel_id: channel, reason, ended_at: ended, created_at: created }) => ({
    key,
    at: ended ?? created,
    what: `told ${channel}: ${status}`,
    text: [event.replace("incident.", ""), reason].filter((part) => part !== undefined).join("; "),
  }));
  return [...moves, ...told].sort((a, b) => (a.at < b.at ? -1 : 1));
}

const Timeline = ({ of }: { readonly of: IncidentDetail }): JSX.Element => (
  <section class="panel card" aria-label="Timeline">
    <header><h2>Timeline</h2></header>
    <ol class="lines">
      {linesOf(of).map(({ key, at, what, text }) => (
        <li key={key}>
          <When at={at} />
          <span>{what}</span>
          <span class="grow dim">{text}</span>
        </li>
      ))}
    </ol>
  </section>
);

function Responses({ of, changed }: { readonly of: IncidentDetail; readonly changed: () => void }): JSX.Element | null {
  if (of.response_actions.length === 0) return null;
  return (
    <section class="panel card" aria-label="Responses">
      <header><h2>Responses</h2></header>
      <ul class="lines">
        {of.response_actions.map(({ response_id: id, response_type: type, target, status }) => (
          <li key={id}>
            <span class="grow">{plain(type)} of {target}: {status}</span>
            {status === "completed" && may("agent:manage") ? <button type="button" onClick={() => proposeRevert(of.incident_id, id, changed)}>Undo</button> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function WhatToDo({ of: { runbook } }: { readonly of: IncidentDetail }): JSX.Element | null {
  if (runbook === undefined) return null;
  return (
    <section class="panel card" aria-label="What to do">
      <header><h2>What to do</h2></header>
      <dl>
        <dt>Meaning</dt><dd>{runbook.meaning}</dd>
        <dt>First look</dt><dd>{runbook.first_look}</dd>
        <dt>Fix</dt><dd>{runbook.fix}</dd>
      </dl>
    </section>
  );
}
