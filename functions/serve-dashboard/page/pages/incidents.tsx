import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pathTo } from "../core/address.ts";
import { listIncidents } from "./incident-endpoints.ts";
import type { IncidentView } from "../core/replies.ts";
import { many } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { Pill, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { Incident } from "./incident.tsx";
import { incidentWords, lookOfIncident } from "./incident-words.ts";

/** Which incidents are shown. */
const CHOICES = [["active", "not over"], ["open", "open"], ["acknowledged", "taken"], ["resolved", "over"]] as const;

/** Incidents, or one of them. */
export const Incidents = ({ of: [id] }: { readonly of: readonly string[] }): JSX.Element => (id === undefined ? <List /> : <Incident id={id} />);

/** Those that began last first. */
function List(): JSX.Element {
  const [status, setStatus] = useState("active");
  const incidents = useLoad(`incidents ${status}`, (signal) => listIncidents(status, signal), 3000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <div class="page-head">
        <h1>Incidents</h1>
        <select aria-label="Which incidents" value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
          {CHOICES.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
        </select>
      </div>
      <Shown of={incidents}>
        {({ incidents: all }) => all.length === 0 ? (
          <Empty title={status === "resolved" ? "Nothing was wrong" : "Nothing is wrong"}>
            <p>What the alert rules find comes here, and what people report. Have others told: <code>npx a2a channels add NAME --webhook URL</code></p>
          </Empty>
        ) : (
          <section class="panel card" aria-label="Incidents">
            <ul class="lines">{all.map((one) => <IncidentLine key={one.incident_id} of={one} />)}</ul>
          </section>
        )}
      </Shown>
    </main>
  );
}

const IncidentLine = ({ of }: { readonly of: IncidentView }): JSX.Element => (
  <li>
    <When at={of.created_at} />
    <a class="grow cut" href={pathTo(["incidents", of.incident_id])}>{of.description}</a>
    <span class="dim">{of.rule ?? `by ${of.created_by}`}{of.occurrences > 1 ? `, ${many(of.occurrences, "time")}` : ""}</span>
    <Pill look={lookOfIncident(of)}>{incidentWords(of)}</Pill>
  </li>
);
