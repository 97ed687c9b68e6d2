import * as z from "zod";
import { createA2aClient } from "../../a2a/a2a-client.ts";
import { admissionSnapshots, readAdmissionLimits } from "../store/admission-store.ts";
import { durationReader } from "../store/task-stats.ts";
import { documentClient, s3Client, secretsClient, sqsClient } from "../../aws/clients.ts";
import { GroupCommitter } from "../../aws/group-commit.ts";
import { sqsMail } from "../store/mail.ts";
import { planReader } from "../store/plan-store.ts";
import { secretReader } from "../../agents/store/secrets.ts";
import { AGENT_LIMITS } from "../../agents/limits.ts";
import { jsonVariable, ListVariable, readEnv } from "../../core/config.ts";
import { hookMail } from "../../hooks/delivery/hook-mail.ts";
import { hookReader } from "../../hooks/store/hook-reader.ts";
import { QueueUrls } from "../messages.ts";
import { hearExchange } from "../attempt/transcript.ts";
import { KeepTranscript } from "../../workflow/definition/task-definition.ts";
import { a2aCalls } from "../../agents/calls/a2a-calls.ts";

const VARIABLES = {
  EXECUTIONS_TABLE: z.string().min(1),
  AGENTS_TABLE: z.string().min(1),
  CONTROL_TABLE: z.string().min(1),
  PAYLOAD_BUCKET: z.string().min(1),
  TASK_QUEUE_URLS: jsonVariable(QueueUrls),
  WATCH_QUEUE_URL: z.string().min(1),
  SETTLE_QUEUE_URL: z.string().min(1),
  AWAIT_QUEUE_URL: z.string().min(1),
  HOOK_QUEUE_URL: z.string().min(1),
  AGENT_CALL_SECONDS: z.coerce.number().positive().max(AGENT_LIMITS.agentCallSeconds).default(AGENT_LIMITS.agentCallSeconds),
  TRANSCRIPTS: KeepTranscript.default("failures"),
  /** Hosts that agents may live on although they are private: `host` or `host:port`, comma-separated. */
  AGENT_PRIVATE_HOSTS: ListVariable,
};

/** Stores, queues and the A2A client of a warm function, from its environment. */
export function createStores() {
  const env = readEnv(VARIABLES);
  const db = documentClient();
  const payloads = { s3: s3Client(), bucket: env.PAYLOAD_BUCKET };
  const a2a = createA2aClient({ allowedHosts: env.AGENT_PRIVATE_HOSTS, exchanges: { hear: hearExchange, now: Date.now } });
  const executions = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
  const control = { db, table: env.CONTROL_TABLE };
  return {
    db,
    executions,
    admission: readAdmissionLimits(),
    picture: admissionSnapshots(executions),
    durations: durationReader(executions),
    agents: { db, table: env.AGENTS_TABLE },
    control,
    /** Finds hooks that something waits for, and has them run. */
    hookDesk: { hooks: hookReader(control), order: hookMail(sqsClient(), env.HOOK_QUEUE_URL).order },
    payloads,
    plan: planReader(payloads),
    queues: env.TASK_QUEUE_URLS,
    mail: sqsMail(sqsClient(), { watch: env.WATCH_QUEUE_URL, settle: env.SETTLE_QUEUE_URL, await: env.AWAIT_QUEUE_URL }),
    a2a,
    callSeconds: env.AGENT_CALL_SECONDS,
    transcripts: env.TRANSCRIPTS,
    calls: a2aCalls(a2a, secretReader(secretsClient()), env.AGENT_CALL_SECONDS),
  };
}
