import * as z from "zod";
import { ForbiddenUrlError } from "../../a2a/errors.ts";
import type { Exchange } from "../../a2a/http-exchange.ts";
import { signatureHeaders } from "../../a2a/push-signature.ts";
import { guardUrl } from "../../a2a/url-guard.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { type Channel, isChannelSecretOf } from "../channel.ts";
import { CHANNEL_LIMITS } from "../limits.ts";
import type { Delivered } from "../notice.ts";
import { type News, pagerDutyBody, slackBody, webhookBody } from "../notice-texts.ts";

/** What posting stands on. */
export interface PostDeps {
  readonly exchange: Exchange;
  /** Private hosts that may be posted to. */
  readonly hosts: ReadonlySet<string>;
  /** Content of a secret by its ARN. */
  readonly readSecret: (arn: string) => Promise<unknown>;
  readonly now: () => Date;
}

/** One request to a receiver. */
interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const Signing = z.object({ signing_secret: z.string() });
const SlackSecret = z.object({ url: z.url({ protocol: /^https?$/ }) });
const PagerDutySecret = z.object({ routing_key: z.string().min(1).max(256) });

const refused = (reason: string, isRetryable: boolean): Delivered => ({ kind: "refused", reason, isRetryable });

/** Tells a channel something, once; whatever comes of it is a value. */
export async function postNotice(deps: PostDeps, channel: Channel, news: News): Promise<Delivered> {
  try {
    const post = await prepare(deps, channel, news);
    return "kind" in post ? post : await send(deps, post);
  } catch (error) {
    if (error instanceof ForbiddenUrlError) return refused(error.message, false);
    if (!(error instanceof OrchestratorError)) throw error;
    // A secret may be put right, and a name may resolve later.
    return refused(error.message, true);
  }
}

async function prepare(deps: PostDeps, channel: Channel, news: News): Promise<Post | Delivered> {
  const { secret_arn: arn } = channel;
  if (arn !== undefined && !isChannelSecretOf(news.tenant, arn)) return refused(`secret ${arn} is not this tenant's`, false);
  const secret = arn === undefined ? undefined : await deps.readSecret(arn);
  switch (channel.type) {
    case "webhook":
      return webhook(deps, { channel, news, secret });
    case "slack": {
      const { data } = SlackSecret.safeParse(secret);
      return data === undefined ? unusable(arn, "url") : { url: data.url, body: JSON.stringify(slackBody(news)), headers: {} };
    }
    case "pagerduty": {
      const { data } = PagerDutySecret.safeParse(secret);
      return data === undefined ? unusable(arn, "routing_key") : { url: channel.url ?? "", body: JSON.stringify(pagerDutyBody(news, data.routing_key)), headers: {} };
    }
    default:
      return channel.type satisfies never;
  }
}

const unusable = (arn: string | undefined, field: string): Delivered => refused(`secret ${arn ?? ""} holds no ${field}`, true);

function webhook({ now }: PostDeps, { channel, news, secret }: { channel: Channel; news: News; secret: unknown }): Post | Delivered {
  const body = JSON.stringify(webhookBody(news));
  const post = { url: channel.url ?? "", body, headers: { "webhook-id": news.noticeId } };
  if (channel.secret_arn === undefined) return post;
  const key = Signing.safeParse(secret).data?.signing_secret;
  const proof = key === undefined ? undefined : signatureHeaders({ secret: key, id: news.noticeId, at: now(), body });
  return proof === undefined ? unusable(channel.secret_arn, "signing_secret") : { ...post, headers: proof };
}

async function send({ exchange, hosts }: PostDeps, { url, body, headers }: Post): Promise<Delivered> {
  const target = guardUrl(url, hosts);
  const { origin } = target.url;
  const sent = await exchange({
    target,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
    timeoutMs: CHANNEL_LIMITS.timeoutMs,
    maxBytes: CHANNEL_LIMITS.replyBytes,
  });
  if (sent.kind === "too-large") return refused(`${origin} answered more than ${sent.maxBytes} bytes`, false);
  if (sent.kind !== "reply") return refused(`${origin} did not answer: ${sent.reason}`, true);
  if (sent.status >= 200 && sent.status < 300) return { kind: "delivered" };
  if (sent.status === 410) return { kind: "refused", reason: `${origin} answered 410: it wants no more`, isRetryable: false, isGone: true };
  const seconds = Number(sent.headers["retry-after"]);
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {};
  return { kind: "refused", reason: `${origin} answered ${sent.status}`, isRetryable: mayPass(sent.status), ...wait };
}

/** Statuses that another try may change. */
const mayPass = (status: number): boolean => status >= 500 || status === 408 || status === 425 || status === 429;
