import * as z from "zod";
import { guardUrl } from "../../a2a/url-guard.ts";
import { signatureHeaders } from "../../a2a/push-signature.ts";
import type { HookAction } from "../action.ts";
import { HOOK_LIMITS } from "../limits.ts";
import type { HookOutcome } from "../hook-run.ts";
import { fillIn } from "../fill-in.ts";
import { isHookSecretOf } from "../register-hook.ts";
import { type ActionDeps, contextOf, type Delivery, failedTry } from "./delivery.ts";

type Webhook = Extract<HookAction, { type: "webhook" }>;

/** Content of a webhook's secret. */
const Secret = z.object({ signing_secret: z.string() });

/**
 * Posts an event to a URL. Every try of a run carries the same `webhook-id`, by which the receiver knows repeats.
 *
 * @throws {ForbiddenUrlError} the URL leads where we must not go.
 */
export async function postWebhook(deps: ActionDeps, delivery: Delivery, action: Webhook): Promise<HookOutcome> {
  const { event, run, signal, timeoutMs } = delivery;
  const context = contextOf(delivery);
  const body = JSON.stringify(action.text === undefined ? context : { text: fillIn(action.text, event) });
  const proof = await proofOf(deps, { action, tenant: event.tenant, id: run.run_id, body });
  if (proof === undefined) return failedTry("HookSecretUnusable", `secret ${action.secret_arn ?? ""} holds no signing_secret of this tenant`, false);
  const sent = await deps.exchange({
    target: guardUrl(action.url, deps.hosts),
    method: "POST",
    headers: { "content-type": "application/json", "webhook-id": run.run_id, "idempotency-key": run.run_id, ...proof },
    body,
    timeoutMs,
    maxBytes: HOOK_LIMITS.replyBytes,
    signal,
  });
  const host = new URL(action.url).origin;
  if (sent.kind === "too-large") return failedTry("WebhookReplyTooLarge", `${host} answered more than ${sent.maxBytes} bytes`, false);
  if (sent.kind !== "reply") return failedTry("WebhookUnreachable", `${host} did not answer: ${sent.reason}`, true);
  if (sent.status >= 200 && sent.status < 300) return { status: "completed", output: readReply(sent.body) };
  return failedTry("WebhookRefused", `${host} answered ${sent.status}`, mayPass(sent.status));
}

/** Statuses that another try may change. */
const mayPass = (status: number): boolean => status >= 500 || status === 408 || status === 425 || status === 429;

/** Headers that prove the post to be ours; `undefined`: the secret cannot be used. */
async function proofOf(
  { readSecret, now }: ActionDeps,
  { action: { secret_arn: arn }, tenant, id, body }: { action: Webhook; tenant: string; id: string; body: string },
): Promise<Record<string, string> | undefined> {
  if (arn === undefined) return {};
  if (!isHookSecretOf(tenant, arn)) return undefined;
  const secret = Secret.safeParse(await readSecret(arn)).data?.signing_secret;
  return secret === undefined ? undefined : signatureHeaders({ secret, id, at: now(), body });
}

/** JSON where it is JSON, a text else, and nothing for nothing. */
function readReply(body: string): unknown {
  if (body === "") return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
