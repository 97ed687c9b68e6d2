import * as z from "zod";
import { AgentPage, type AgentView } from "../../../shared/agents/views/agents.ts";
import { CallerView } from "../../../shared/core/caller-view.ts";
import { ServiceHealth, ServiceReadiness } from "../../../shared/core/service-health.ts";
import { CapacityView } from "../../../shared/execution/views/capacity.ts";
import { HoldList } from "../../../shared/execution/views/holds.ts";
import { InboxPage } from "../../../shared/execution/views/inbox.ts";
import { endOfToken } from "../profiles.ts";
import { callApi, type Connection } from "./api-client.ts";
import { ApiProblem, ConnectionError } from "./api-errors.ts";

/** What was looked at, and how it stands. `look`: it works, and the operator should know of it. */
export interface Finding {
  readonly what: string;
  readonly verdict: "fine" | "look" | "broken" | "unseen";
  readonly says: string;
  readonly remedy?: string | undefined;
}

type Verdict = Omit<Finding, "what">;

const fine = (says: string): Verdict => ({ verdict: "fine", says });
const look = (says: string, remedy: string): Verdict => ({ verdict: "look", says, remedy });

/** A token that ends within the hour ends in the middle of work. */
const SOON_MS = 3_600_000;
/** Signatures and tokens commonly allow for five minutes; a minute of difference is worth mending. */
const CLOCK_MS = 60_000;

/**
 * Examines a deployment as its caller sees it, one thing after the other; what cannot be reached ends it.
 *
 * @param now milliseconds since 1970.
 */
export async function* diagnose(connection: Connection, now: () => number): AsyncGenerator<Finding> {
  const ask = <Schema extends z.ZodType>(path: string, schema: Schema) => callApi(connection, { path }, schema);
  const started = now();
  const reached = await examine("address", async () => {
    const { timestamp } = await ask("/health", ServiceHealth);
    const middle = (started + now()) / 2;
    const behind = Math.round((Date.parse(timestamp) - middle) / 1000);
    const says = `${connection.url} answers within ${Math.round(now() - started)} ms`;
    if (Math.abs(behind) * 1000 < CLOCK_MS) return fine(says);
    const clocks = `its clock is ${Math.abs(behind)} s ${behind > 0 ? "ahead of" : "behind"} this one's`;
    return look(`${says}; ${clocks}`, "set the clock of this machine: tokens and signed links are judged by the time");
  });
  yield reached;
  if (reached.verdict === "broken") return;
  const checks: readonly (readonly [string, () => Promise<Verdict>])[] = [
    ["stores", async () => fine(`they are ${(await ask("/ready", ServiceReadiness)).status}`)],
    ["token", async () => tokenVerdict(connection, await ask("/api/v1/me", CallerView), now())],
    ["own agent card", async () => cardVerdict(connection, await ask("/.well-known/agent-card.json", OwnCard))],
    ["agents", async () => agentsVerdict(await allAgents(connection))],
    ["holds", async () => holdsVerdict(await ask("/api/v1/holds", HoldList))],
    ["capacity", async () => capacityVerdict(await ask("/api/v1/capacity", CapacityView))],
    ["inbox", async () => inboxVerdict(await ask("/api/v1/inbox", InboxPage))],
  ];
  for (const [what, check] of checks) yield await examine(what, check);
}

async function examine(what: string, check: () => Promise<Verdict>): Promise<Finding> {
  try {
    return { what, ...(await check()) };
  } catch (error) {
    if (error instanceof ConnectionError) return { what, verdict: "broken", says: error.message, remedy: error.remedy };
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 403) return { what, verdict: "unseen", says: "the token's roles do not show it" };
    const says = `${error.detail === "" ? error.title : error.detail} (${error.status})`;
    return { what, verdict: "broken", says, remedy: REMEDIES[error.status] };
  }
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: "get a new token, and keep it: a2a login URL",
  503: "wait a minute; then see the alarms and the runbook in infra/README.md",
};

function tokenVerdict(
  { token }: Connection,
  { subject, tenant, roles }: z.infer<typeof CallerView>,
  now: number,
): Verdict {
  const who = `${subject} of ${tenant}, ${roles.join(", ") || "no role"}`;
  const end = endOfToken(token);
  if (end === undefined) return fine(who);
  const says = `${who}, until ${end.toISOString()}`;
  return end.getTime() - now > SOON_MS ? fine(says) : look(says, "get a new token soon, and keep it: a2a login URL");
}

const OwnCard = z.object({ supportedInterfaces: z.array(z.object({ url: z.string() })).min(1) });

/** Callers over A2A come to the address that the deployment thinks it has, and agents push to it where it was given one. */
function cardVerdict({ url }: Connection, { supportedInterfaces }: z.infer<typeof OwnCard>): Verdict {
  const base = `${url.replace(/\/+$/, "")}/`;
  const strange = supportedInterfaces.find((one) => !one.url.startsWith(base));
  if (strange === undefined) return fine("it names the address used here");
  return look(`it names ${strange.url}`, "where that is not meant, deploy with the parameter PublicBaseUrl");
}

async function allAgents(connection: Connection): Promise<AgentView[]> {
  const found: AgentView[] = [];
  let cursor: string | undefined;
  do {
    const page = await callApi(connection, { path: "/api/v1/agents", query: { cursor } }, AgentPage);
    found.push(...page.agents);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return found;
}

function agentsVerdict(agents: readonly AgentView[]): Verdict {
  if (agents.length === 0) return look("none is registered", "a2a agents register URL");
  const idle = agents.filter((agent) => !agent.in_service || agent.circuit_breaker.state === "open");
  if (idle.length === 0) return fine(`all ${agents.length} take tasks`);
  const names = idle.slice(0, 5).map(({ agent_id: id }) => id);
  const rest = idle.length > names.length ? ` and ${idle.length - names.length} more` : "";
  return look(`${idle.length} of ${agents.length} get no tasks: ${names.join(", ")}${rest}`, "a2a agents says why");
}

function holdsVerdict({ holds }: z.infer<typeof HoldList>): Verdict {
  if (holds.length === 0) return fine("nothing is held");
  const [first] = holds;
  const others = holds.length > 1 ? ` and ${holds.length - 1} more` : "";
  return look(
    `${first?.workflow_id ?? first?.scope ?? ""} is held by ${first?.held_by ?? ""}${others}`,
    "a2a holds, a2a release",
  );
}

function capacityVerdict({ workflows }: z.infer<typeof CapacityView>): Verdict {
  const { running, available, waiting } = workflows;
  const says = `${running} executions under way, ${waiting} wait, ${available} more may start`;
  return available > 0 ? fine(says) : look(says, "raise the parameter MaxConcurrentWorkflows, or submit less at once");
}

function inboxVerdict({ items, next_cursor: more }: z.infer<typeof InboxPage>): Verdict {
  if (items.length === 0) return fine("nothing waits for a person");
  return look(`${items.length}${more === undefined ? "" : " or more"} tasks wait for a person`, "a2a inbox");
}
