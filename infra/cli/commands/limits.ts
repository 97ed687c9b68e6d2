import type { Command } from "commander";
import * as z from "zod";
import { LimitGroupList, LimitGroupView } from "../../../shared/agents/views/limit-groups.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface SetOptions {
  readonly requests?: string;
  readonly tokens?: string;
  readonly concurrency?: string;
}

/** `limits`: what the agents behind one provider or account may be asked together. */
export function addLimitCommands(program: Command, session: Session): void {
  const limits = program
    .command("limits")
    .description("what groups of agents behind one provider or account may be asked together, and what is used of it")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => list(session, json === true));
  limits
    .command("set")
    .description("set the limits of a group; agents join it by `agents register --limit-group`")
    .argument("<group>")
    .option("--requests <n>", "tasks sent in any sixty seconds")
    .option("--tokens <n>", "tokens in any sixty seconds, as agents report them")
    .option("--concurrency <n>", "tasks at work at once")
    .action((group: string, options: SetOptions) => set(session, group, options));
  limits
    .command("remove")
    .description("take the limits of a group away")
    .argument("<group>")
    .action(async (group: string) => {
      await callApi(session.connection(), { method: "DELETE", path: pathOf(group) }, z.undefined());
      session.remark(`removed ${group}`);
    });
}

const pathOf = (group: string): string => `/api/v1/limit-groups/${encodeURIComponent(group)}`;
const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

async function set(session: Session, group: string, { requests, tokens, concurrency }: SetOptions): Promise<void> {
  const body = { requests_per_minute: numberOf(requests), tokens_per_minute: numberOf(tokens), concurrency: numberOf(concurrency) };
  const saved = await callApi(session.connection(), { method: "PUT", path: pathOf(group), body }, LimitGroupView);
  session.print(saved.limit_group);
}

async function list(session: Session, asJson: boolean): Promise<void> {
  const { limit_groups: groups } = await callApi(session.connection(), { path: "/api/v1/limit-groups" }, LimitGroupList);
  if (asJson) return session.print(JSON.stringify(groups, null, 2));
  const titles = ["GROUP", "REQUESTS/MIN", "TOKENS/MIN", "AT WORK", "HELD UNTIL"].map((title) => ({ title }));
  const of = (used: number, most: number | undefined): string => `${used} of ${most ?? "any number"}`;
  const rows = groups.map((group) => [
    group.limit_group,
    of(group.requests_used, group.requests_per_minute),
    of(group.tokens_used, group.tokens_per_minute),
    group.concurrency === undefined ? "any number" : of(group.at_work, group.concurrency),
    group.held_until ?? "",
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}
