import type { Command } from "commander";
import { HookDeleted, HookDetail, HookList, HookRegistered } from "../../../shared/hooks/views/hooks.ts";
import { callApi } from "../client/api-client.ts";
import { UserError } from "../failures.ts";
import { parseJson, readText, type Session } from "../session.ts";
import { tableLines } from "../view/table.ts";
import { addHookRunCommands } from "./hook-runs.ts";

interface AddOptions {
  readonly file?: string;
  readonly trigger?: string;
  readonly webhook?: string;
  readonly text?: string;
  readonly secret?: string;
  readonly agent?: string;
  readonly instruction?: string;
  readonly function?: string;
  readonly command?: string;
  readonly arg: readonly string[];
  readonly pattern?: string;
  readonly filter?: string;
  readonly priority?: string;
  readonly timeout?: string;
  readonly attempts?: string;
  readonly severity?: string;
  readonly alwaysRun?: true;
  readonly disabled?: true;
}

/** `hooks`: what happens beside workflows when something happens in them. */
export function addHookCommands(program: Command, session: Session): void {
  const hooks = program
    .command("hooks")
    .description("hooks, in the order in which they run")
    .option("--trigger <name>", "only those of one trigger")
    .option("--json", "as JSON")
    .action((options: { trigger?: string; json?: true }) => listHooks(session, options));
  addCommand(hooks, session);
  hooks
    .command("show")
    .description("a hook, what its runs came to, and its breaker")
    .argument("<id>")
    .action(async (id: string) => session.print(JSON.stringify(await callApi(session.connection(), { path: hookPath(id) }, HookDetail), null, 2)));
  for (const [name, enabled] of [["enable", true], ["disable", false]] as const) {
    hooks
      .command(name)
      .description(enabled ? "switch a hook on" : "switch a hook off")
      .argument("<id>")
      .action(async (id: string) => {
        const hook = await callApi(session.connection(), { method: "POST", path: `${hookPath(id)}/enable`, body: { enabled } }, HookDetail);
        session.remark(`${hook.name} is ${hook.enabled ? "on" : "off"}`);
      });
  }
  hooks
    .command("remove")
    .description("delete a hook")
    .argument("<id>")
    .action(async (id: string) => {
      await callApi(session.connection(), { method: "DELETE", path: hookPath(id) }, HookDeleted);
      session.remark(`removed ${id}`);
    });
  addHookRunCommands(hooks, session);
}

/** Where a hook is. */
export const hookPath = (id: string): string => `/api/v1/hooks/${encodeURIComponent(id)}`;

function addCommand(hooks: Command, session: Session): void {
  hooks
    .command("add")
    .description("register a hook")
    .argument("[name]", "unless --file says it")
    .option("--file <file>", "a hook as JSON, as the API takes it; - for standard input")
    .option("--trigger <name>", "when it runs: post_task, post_workflow, agent_failed, notification, …")
    .option("--webhook <url>", "post the event there")
    .option("--text <text>", 'with --webhook: post {"text": …} instead; {task_id} stands for a field of the event')
    .option("--secret <arn>", "with --webhook: the secret that deliveries are signed by")
    .option("--agent <id>", "send the event to an agent")
    .option("--instruction <text>", "with --agent: what it is to do with it")
    .option("--function <name>", "call a function: builtin:<name> or lambda:<name>")
    .option("--command <line>", "run a program, without a shell, where the deployment offers that; {file} stands for the file")
    .option("--arg <arg>", "with --function or --command: an argument, name=value of a built-in function; may be given again", (arg: string, before: string[]) => [...before, arg], [])
    .option("--pattern <regex>", "only events whose line '<event> <task> <agent> <skill>' contains this")
    .option("--filter <json>", "only events that match this EventBridge pattern")
    .option("--priority <n>", "the lowest runs first (default 100)")
    .option("--timeout <seconds>", "how long it may take (default 30)")
    .option("--attempts <n>", "how often it is tried (default 3)")
    .option("--severity <name>", "critical or warning")
    .option("--always-run", "also when a hook before it failed")
    .option("--disabled", "register it switched off")
    .action((name: string | undefined, options: AddOptions) => addHook(session, name, options));
}

async function addHook(session: Session, name: string | undefined, options: AddOptions): Promise<void> {
  const body = options.file === undefined ? bodyOf(name, options) : parseJson(readText(session, options.file), options.file);
  const hook = await callApi(session.connection(), { method: "POST", path: "/api/v1/hooks", body }, HookRegistered);
  session.print(hook.hook_id);
  session.remark(`${hook.name}: ${hook.action.type} on ${hook.trigger}; try it: a2a hooks try ${hook.hook_id}`);
}

function bodyOf(name: string | undefined, options: AddOptions): unknown {
  if (name === undefined) throw new UserError(["a2a: give the hook a name, or a --file that says it"]);
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  const attempts = number(options.attempts);
  return {
    name,
    trigger: options.trigger,
    action: actionOf(options),
    event_pattern: options.pattern,
    event_filter: options.filter === undefined ? undefined : parseJson(options.filter, "--filter"),
    priority: number(options.priority),
    timeout_seconds: number(options.timeout),
    retry_policy: attempts === undefined ? undefined : { max_attempts: attempts },
    severity: options.severity,
    always_run: options.alwaysRun,
    enabled: options.disabled === undefined ? undefined : false,
  };
}

function actionOf({ webhook, text, secret, agent, instruction, function: name, command, arg: args }: AddOptions): unknown {
  const given = [
    ...(webhook === undefined ? [] : [{ type: "webhook", url: webhook, text, secret_arn: secret }]),
    ...(agent === undefined ? [] : [{ type: "agent", agent_id: agent, instruction }]),
    ...(name === undefined ? [] : [{ type: "function", function: name, args }]),
    ...(command === undefined ? [] : [{ type: "command", command, args }]),
  ];
  if (given.length === 1) return given[0];
  throw new UserError(["a2a: say what the hook does: one of --webhook, --agent, --function and --command"]);
}

async function listHooks(session: Session, { trigger, json }: { trigger?: string; json?: true }): Promise<void> {
  const { hooks } = await callApi(session.connection(), { path: "/api/v1/hooks", query: { trigger } }, HookList);
  if (json === true) return session.print(JSON.stringify(hooks, null, 2));
  const titles = ["HOOK", "NAME", "TRIGGER", "PRIORITY", "ACTION", "STATE"].map((title) => ({ title }));
  const rows = hooks.map(({ hook_id: id, name, trigger: on, priority, action, enabled }) => [
    id,
    name,
    on,
    String(priority),
    action.type,
    enabled ? "on" : "off",
  ]);
  session.print(...tableLines(titles, rows, session.paint));
}

