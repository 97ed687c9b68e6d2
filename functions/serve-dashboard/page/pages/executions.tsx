import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, pathTo, query } from "../core/address.ts";
import { listExecutions } from "../core/endpoints.ts";
import { mayControl } from "../core/me.ts";
import type { ExecutionPage, ExecutionView } from "../core/replies.ts";
import { count, many, shortId, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { StatusPill, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { VirtualRows } from "../parts/virtual-rows.tsx";
import { proposeBulk } from "./bulk-acts.ts";
import { ExecutionFilters } from "./execution-filters.tsx";
import { Volume } from "./volume.tsx";

const PAGE = 100;
const ROW = 42;

/** What the address asks for, as the API takes it. */
function askedFor(): Readonly<Record<string, string | undefined>> {
  const since = SINCE[ask("since") ?? ""];
  return {
    limit: String(PAGE),
    status: ask("status"),
    workflow_id: ask("workflow"),
    priority: ask("priority"),
    submitted_by: ask("by"),
    error_code: ask("error"),
    q: ask("q"),
    submitted_after: ask("after") ?? (since === undefined ? undefined : hourBefore(since)),
    submitted_before: ask("before"),
  };
}

const SINCE: Readonly<Record<string, number>> = { "1h": 1, "24h": 24, "7d": 168 };
/** To the minute, so that the same question stays the same. */
const hourBefore = (hours: number): string => new Date(Math.floor(Date.now() / 60_000) * 60_000 - hours * 3_600_000).toISOString();

/** Reads pages until there are as many as are wanted. */
async function loadPages(pages: number, asked: ReturnType<typeof askedFor>, signal: AbortSignal): Promise<ExecutionPage> {
  let all: ExecutionPage = { executions: [], searched: 0, next_cursor: undefined };
  for (let read = 0; read < pages && (read === 0 || all.next_cursor !== undefined); read++) {
    const page = await listExecutions({ ...asked, cursor: all.next_cursor }, signal);
    all = {
      executions: [...all.executions, ...page.executions],
      searched: all.searched + page.searched,
      next_cursor: page.next_cursor,
    };
  }
  return all;
}

/** Executions: filters, a histogram of the day, and what can be done to many at once. */
export function Executions(): JSX.Element {
  const [wanted, setWanted] = useState({ key: "", pages: 1 });
  const key = query.value.toString();
  const pages = wanted.key === key ? wanted.pages : 1;
  // Many pages are not asked for every few seconds.
  const found = useLoad(`executions ${key} ${pages}`, (signal) => loadPages(pages, askedFor(), signal), pages > 2 ? 20_000 : 3000);
  const isFiltered = [...query.value.keys()].length > 0;
  return (
    <main id="main" class="page fixed" tabIndex={-1}>
      <div class="page-head">
        <h1>Executions</h1>
        {mayControl() ? <button type="button" onClick={() => proposeBulk(askedFor(), found.reload)}>Act on all that match</button> : null}
      </div>
      <ExecutionFilters />
      <Volume />
      <section class="panel table executions" aria-label="Found executions">
        <div class="row head" aria-hidden="true"><span>Workflow</span><span>Status</span><span>Submitted</span><span class="right">Took</span><span class="right">Tasks</span><span>Priority</span><span>By</span><span>Error</span><span>Id</span></div>
        <Shown of={found} rows={8}>
          {({ executions, searched, next_cursor: next }) => (
            <>
              <VirtualRows
                label={`${many(executions.length, "execution")}, newest first`}
                rows={executions}
                height={ROW}
                keyOf={({ execution_id: id }) => id}
                row={(one) => <ExecutionRow of={one} />}
                empty={<NothingFound isFiltered={isFiltered} />}
                {...(next === undefined ? {} : { atEnd: () => setWanted({ key, pages: pages + 1 }) })}
              />
              <p class="table-foot">
                {next === undefined ? `${count(executions.length)} in all` : `${count(executions.length)} so far, ${count(searched)} searched`}
                {next === undefined ? null : <button type="button" onClick={() => setWanted({ key, pages: pages + 1 })}>Search on</button>}
              </p>
            </>
          )}
        </Shown>
      </section>
    </main>
  );
}

function ExecutionRow({ of }: { readonly of: ExecutionView }): JSX.Element {
  const { execution_id: id, workflow_id: workflow, status, execution_metadata: head, error_details: error } = of;
  const started = head.started_at === null ? undefined : Date.parse(head.started_at);
  const ended = head.completed_at === null ? now.value : Date.parse(head.completed_at);
  return (
    <a class="row" href={pathTo(["executions", id])}>
      <span class="name cut">{workflow}</span>
      <span><StatusPill status={status} /></span>
      <span class="dim"><When at={head.submitted_at} /></span>
      <span class="right num">{started === undefined ? "" : span(ended - started)}</span>
      <span class="right num dim">{of.task_count}</span>
      <span class="dim">{head.priority}</span>
      <span class="dim cut">{head.submitted_by}</span>
      <span class="cut fail-words">{error === undefined ? "" : `${error.task === undefined ? "" : `${error.task}: `}${error.code}`}</span>
      <span class="dim"><code>{shortId(id)}</code></span>
    </a>
  );
}

const NothingFound = ({ isFiltered }: { readonly isFiltered: boolean }): JSX.Element =>
  isFiltered ? (
    <Empty title="No execution fits these filters"><p><a href="executions">Show all</a></p></Empty>
  ) : (
    <Empty title="Nothing has run yet"><p><a href="workflows">Run a workflow</a>, or on the command line <code>npx a2a run FILE</code></p></Empty>
  );

