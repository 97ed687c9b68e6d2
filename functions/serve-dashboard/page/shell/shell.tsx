import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { switchTheme } from "../canvas/palette.ts";
import { pathTo, steps } from "../core/address.ts";
import { ApiError } from "../core/api.ts";
import { loadInbox } from "../core/endpoints.ts";
import { learnMe, me } from "../core/me.ts";
import { isExpired, signOut, token } from "../core/session.ts";
import { shortId } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { notice, proposed } from "../parts/act.ts";
import { Icon } from "../parts/icons.tsx";
import { insistOn, lazy } from "../parts/lazy.tsx";
import { Empty, Skeleton } from "../parts/states.tsx";
import { Menu } from "../parts/choices.tsx";
import { isHelpOpen, isPaletteOpen } from "./keys.ts";
import { SECTIONS } from "./sections.ts";

const Proposal = lazy(async () => (await import("../parts/act-dialog.tsx")).Proposal);
const Palette = lazy(async () => (await import("./palette.tsx")).Palette);
const Help = lazy(async () => (await import("./help.tsx")).Help);
const SignIn = lazy(async () => (await import("./sign-in.tsx")).SignIn);

/** A page; `of` are the steps of the address behind its name. */
export type Page = ComponentType<{ readonly of: readonly string[] }>;

/** Pages by the first step of the address; each is fetched when it is first opened. */
const PAGES: Readonly<Record<string, () => Promise<Page>>> = {
  "": async () => (await import("../pages/overview.tsx")).Overview,
  executions: async () => (await import("../pages/executions.tsx")).Executions,
  execution: async () => (await import("../execution/execution-page.tsx")).ExecutionPage,
  workflows: async () => (await import("../pages/workflows.tsx")).Workflows,
  workflow: async () => (await import("../pages/workflow.tsx")).Workflow,
  agents: async () => (await import("../pages/agents.tsx")).Agents,
  agent: async () => (await import("../pages/agent.tsx")).Agent,
  queues: async () => (await import("../pages/queues.tsx")).Queues,
  inbox: async () => (await import("../pages/inbox.tsx")).Inbox,
  incidents: async () => (await import("../pages/incidents.tsx")).Incidents,
};

/** One thing has a page of its own, apart from that of all of its kind. */
const SINGULAR: Readonly<Record<string, string>> = { executions: "execution", workflows: "workflow", agents: "agent" };

export function Shell(): JSX.Element {
  if (token.value === undefined) return <SignIn isExpired={false} />;
  return (
    <>
      <Navigation />
      <TopBar />
      <PageArea />
      <p class={notice.value === "" ? "notice" : "notice is-shown"} role="status">{notice.value}</p>
      {proposed.value === undefined ? null : <Proposal />}
      {isPaletteOpen.value ? <Palette /> : null}
      {isHelpOpen.value ? <Help /> : null}
      {isExpired.value ? <div class="veil"><SignIn isExpired /></div> : null}
    </>
  );
}

const skipToMain = (event: MouseEvent): void => {
  event.preventDefault();
  document.querySelector<HTMLElement>("main")?.focus();
};

function Navigation(): JSX.Element {
  const here = steps.value[0] ?? "";
  const waiting = useLoad("inbox count", loadInbox, 10_000).value?.items.length ?? 0;
  return (
    <nav class="main-nav" aria-label="Main">
      <a class="skip-link" href="#main" onClick={skipToMain}>Skip to content</a>
      <span class="brand"><Icon name="brand" size={22} /></span>
      {SECTIONS.map(({ path, label, icon }) => (
        <a key={path} href={path === "" ? "." : path} {...(here === path ? { "aria-current": "page" as const } : {})}>
          <Icon name={icon} />
          <span>{label}</span>
          {path === "inbox" && waiting > 0 ? <b class="badge" title={`${waiting} waiting`}>{waiting > 99 ? "99+" : waiting}</b> : null}
        </a>
      ))}
    </nav>
  );
}

/** What a part of the page is called, by the first step of its address. */
const nameOf = (first: string): string => SECTIONS.find(({ path }) => path === first)?.label ?? "Editor";

function TopBar(): JSX.Element {
  const [first = "", ...rest] = steps.value;
  return (
    <header class="top">
      <nav aria-label="Where you are">
        {rest.length === 0 ? <span>{nameOf(first)}</span> : <a href={first}>{nameOf(first)}</a>}
        {rest.map((step, index) => <span key={step} class="step">{index === 0 ? shortId(step) : step}</span>)}
      </nav>
      <button type="button" class="search" onClick={() => (isPaletteOpen.value = true)}>
        <Icon name="search" size={18} />
        <span>Search or jump to…</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <button type="button" class="quiet" aria-label="Light or dark" onClick={switchTheme}>
        <span class="if-light"><Icon name="moon" /></span>
        <span class="if-dark"><Icon name="sun" /></span>
      </button>
      <Menu label={me.value?.subject ?? "…"}>
        <p class="hint">{me.value === undefined ? "not known yet" : `${me.value.roles.join(", ")} of ${me.value.tenant}`}</p>
        <button type="button" onClick={signOut}>Sign out</button>
      </Menu>
    </header>
  );
}

function PageArea(): JSX.Element {
  const [first = "", ...rest] = steps.value;
  const name = rest.length === 0 ? first : (SINGULAR[first] ?? first);
  const load = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  const [page, setPage] = useState<{ name: string; Page: Page } | undefined>(undefined);
  useEffect(() => {
    const fetch = async (): Promise<void> => {
      if (load !== undefined) setPage({ name, Page: await insistOn(load) });
    };
    void fetch();
  }, [name]);
  useEffect(() => {
    learnMe().catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }, [token.value, isExpired.value]);
  useEffect(() => {
    document.title = [...rest.slice(0, 1).map(shortId), nameOf(first), "A2A Orchestrator"].join(" · ");
  }, [first, rest[0]]);
  if (load === undefined) {
    return (
      <main id="main" tabIndex={-1}>
        <Empty title="There is no such page"><p><a href={pathTo(["executions"])}>All executions</a></p></Empty>
      </main>
    );
  }
  if (page?.name !== name) return <main id="main" tabIndex={-1} class="page"><Skeleton /></main>;
  const { Page } = page;
  return <Page key={`${name} ${rest[0] ?? ""}`} of={rest} />;
}
