import type { Command } from "commander";
import * as z from "zod";
import { RegistryList, RegistryView, SyncView } from "../../../shared/agents/views/registries.ts";
import { RouteDecision, RoutingRuleList, RoutingRuleView } from "../../../shared/agents/views/routing-rules.ts";
import { callApi } from "../client/api-client.ts";
import { parseJson, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";
import { printable } from "../view/text.ts";

interface PutOptions {
  readonly target: readonly string[];
  readonly condition?: string;
  readonly strategy?: string;
  readonly priority?: string;
}

interface TestOptions {
  readonly skill?: string;
  readonly payload?: string;
  readonly priority?: string;
  readonly strategy?: string;
  readonly workflow?: string;
}

/** `routes`: rules that say which agents get which tasks. */
export function addRouteCommands(program: Command, session: Session): void {
  const routes = program
    .command("routes")
    .description("routing rules, the one that is asked first in front")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => listRules(session, json === true));
  routes
    .command("put")
    .description("write a routing rule, or replace it")
    .argument("<name>")
    .requiredOption("--target <agent...>", "agents, in the order that failover goes by")
    .option(
      "--condition <expression>",
      `such as 'payload.task_type == "carbon"'; over payload, priority, skill, task and workflow`,
    )
    .option(
      "--strategy <name>",
      "round_robin, least_loaded, consistent_hashing, failover, … (default resource_aware_round_robin)",
    )
    .option("--priority <n>", "the highest is asked first (default 100)")
    .action((name: string, options: PutOptions) => putRule(session, name, options));
  routes
    .command("remove")
    .description("delete a routing rule")
    .argument("<name>")
    .action(async (name: string) => {
      await callApi(session.connection(), { method: "DELETE", path: rulePath(name) }, z.undefined());
      session.remark(`removed ${name}`);
    });
  routes
    .command("test")
    .description("who would get such a task now, and why; nothing is sent")
    .option("--skill <name>")
    .option("--payload <json>", "what conditions see as payload", "{}")
    .option("--priority <name>")
    .option("--strategy <name>")
    .option("--workflow <name>")
    .action((options: TestOptions) => testRoute(session, options));
}

const rulePath = (name: string): string => `/api/v1/routing/rules/${encodeURIComponent(name)}`;

async function listRules(session: Session, asJson: boolean): Promise<void> {
  const { rules } = await callApi(session.connection(), { path: "/api/v1/routing/rules" }, RoutingRuleList);
  if (asJson) return session.print(JSON.stringify(rules, null, 2));
  const titles = ["RULE", "PRIORITY", "CONDITION", "STRATEGY", "TARGETS"].map((title) => ({ title }));
  const rows = rules.map((rule) => [
    rule.name,
    String(rule.priority),
    rule.condition ?? "always",
    rule.strategy,
    rule.targets.join(", "),
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function putRule(
  session: Session,
  name: string,
  { target, condition, strategy, priority }: PutOptions,
): Promise<void> {
  const body = {
    targets: target,
    condition,
    strategy,
    priority: priority === undefined ? undefined : Number(priority),
  };
  const rule = await callApi(session.connection(), { method: "PUT", path: rulePath(name), body }, RoutingRuleView);
  session.remark(`${rule.name}: ${rule.condition ?? "every task"} → ${rule.targets.join(", ")} (${rule.strategy})`);
}

async function testRoute(session: Session, options: TestOptions): Promise<void> {
  const { skill, payload = "{}", priority, strategy, workflow } = options;
  const body = { skill, payload: parseJson(payload, "--payload"), priority, strategy, workflow };
  const answer = await callApi(
    session.connection(),
    { method: "POST", path: "/api/v1/routing/decide", body },
    RouteDecision,
  );
  const by = answer.rule === undefined ? "" : ` by rule '${answer.rule}'`;
  session.print(answer.agent_id ?? "no agent");
  session.remark(
    answer.agent_id === null
      ? (answer.reason ?? "")
      : `${answer.strategy ?? ""}${by}, of ${answer.candidates.join(", ")}`,
  );
  for (const { agent_id: id, reason } of answer.not_free) session.remark(`not ${id}: ${reason}`);
}

/** `registries`: places elsewhere that agents are taken from. */
export function addSourceCommands(program: Command, session: Session): void {
  const sources = program
    .command("registries")
    .description("external registries that agents are taken from")
    .action(() => listSources(session));
  sources
    .command("add")
    .description("take agents from an external registry, now and in intervals")
    .argument("<url>")
    .requiredOption("--kind <kind>", "a2a-registry, card-list or ai-catalog")
    .option("--every <minutes>", "minutes between syncs (default 60)")
    .action(async (url: string, { kind, every }: { kind: string; every?: string }) => {
      const body = { url, kind, sync_minutes: every === undefined ? undefined : Number(every) };
      const source = await callApi(
        session.connection(),
        { method: "POST", path: "/api/v1/registries", body },
        RegistryView,
      );
      session.print(source.registry_id);
      if (source.last_sync !== undefined) tellSync(session, source.last_sync);
    });
  sources
    .command("sync")
    .description("ask an external registry now")
    .argument("<id>")
    .action(async (id: string) => {
      const path = `/api/v1/registries/${encodeURIComponent(id)}/sync`;
      tellSync(session, await callApi(session.connection(), { method: "POST", path, body: {} }, SyncView));
    });
  sources
    .command("remove")
    .description("forget an external registry and deregister the agents that came from it")
    .argument("<id>")
    .action(async (id: string) => {
      const path = `/api/v1/registries/${encodeURIComponent(id)}`;
      await callApi(session.connection(), { method: "DELETE", path }, z.undefined());
      session.remark(`removed ${id}`);
    });
}

async function listSources(session: Session): Promise<void> {
  const { registries } = await callApi(session.connection(), { path: "/api/v1/registries" }, RegistryList);
  const titles = ["REGISTRY", "KIND", "EVERY", "LAST SYNC", "URL"].map((title) => ({ title }));
  const rows = registries.map(({ registry_id: id, kind, sync_minutes: minutes, last_sync: last, url }) => {
    const came =
      last === undefined ? "never" : last.ok ? `${last.listed} listed, ${last.skipped.length} skipped` : "failed";
    return [id, kind, `${minutes} min`, came, url];
  });
  session.print(...tableLines(titles, rows, session.paint));
}

function tellSync(session: Session, sync: SyncView): void {
  const { listed, registered, unchanged, removed, skipped, error } = sync;
  session.remark(
    sync.ok
      ? `${listed} listed: ${registered} registered, ${unchanged} unchanged, ${removed} removed`
      : `failed: ${error ?? ""}`,
  );
  for (const { agent, reason } of skipped) session.remark(`skipped ${printable(agent)}: ${printable(reason)}`);
}
