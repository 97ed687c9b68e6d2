import * as z from "zod";
import { AgentId } from "../workflow/definition/names.ts";

const Args = z.array(z.string().max(4096)).max(64).default([]);

/** Calls a function: one that comes with the orchestrator, or one of the account's that the deployment allows by name. */
const FunctionAction = z.strictObject({
  type: z.literal("function"),
  function: z.string().regex(/^(builtin:[a-z-]{1,64}|lambda:[A-Za-z0-9_-]{1,64})$/, {
    error: "write 'builtin:<name>' or 'lambda:<name>'",
  }),
  args: Args,
});

/** Posts the event. The answer's JSON is the hook's output. */
const WebhookAction = z.strictObject({
  type: z.literal("webhook"),
  url: z.url({ protocol: /^https?$/ }).max(2048),
  /** A secret of the tenant's, `a2a/hooks/<tenant>/…`, with `{"signing_secret": "whsec_…"}`: deliveries are signed by it. */
  secret_arn: z.string().max(512).optional(),
  /** Posts `{"text": …}` instead, as chat services take it; `{name}` stands for a field of the event. */
  text: z.string().min(1).max(4096).optional(),
});

/** Sends the event to a registered agent as an A2A message and waits for its answer. */
const AgentAction = z.strictObject({
  type: z.literal("agent"),
  agent_id: AgentId,
  /** What the agent is asked to do with it. */
  instruction: z.string().min(1).max(4096).optional(),
});

/** Runs a program in a folder of its own, without a shell. `{name}` alone stands for a field of the event. */
const CommandAction = z.strictObject({ type: z.literal("command"), command: z.string().min(1).max(4096), args: Args });

/** What a hook does. */
export const HookAction = z.discriminatedUnion("type", [FunctionAction, WebhookAction, AgentAction, CommandAction]);
export type HookAction = z.output<typeof HookAction>;
