import type { Command } from "commander";
import * as z from "zod";
import { DEAD_LETTER_RULES } from "../../../shared/incidents/rules/queue-rules.ts";
import { DeadLetterList, DeadLetterQueueList, DeadLettersDropped, DeadLettersRedriven, DeadLetterView } from "../../../shared/incidents/views/dead-letters.ts";
import { callApi } from "../client/api-client.ts";
import { UserError } from "../failures.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

const PATH = "/api/v1/dead-letters";

const at = (...parts: readonly string[]): string => [PATH, ...parts.map((part) => encodeURIComponent(part))].join("/");

interface Which {
  readonly all?: true;
}

/** `dead-letters`: messages of the deployment that failed for good. */
export function addDeadLetterCommands(program: Command, session: Session): void {
  const letters = program
    .command("dead-letters")
    .description("queues of messages that failed for good, and what to do about those that are there (admin of the owner tenant)")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => listQueues(session, json === true));
  letters
    .command("list")
    .description("messages of a queue, and why they are there as far as it is known")
    .argument("<queue>")
    .option("--limit <n>", "how many", "20")
    .action((queue: string, { limit }: { limit: string }) => listLetters(session, queue, limit));
  letters
    .command("show")
    .description("a message, whole")
    .argument("<queue>")
    .argument("<message>")
    .action(async (queue: string, message: string) =>
      session.print(JSON.stringify(await callApi(session.connection(), { path: at(queue, message) }, DeadLetterView), null, 2)),
    );
  letters
    .command("redrive")
    .description("send a message, or all of a queue, back to the work queue")
    .argument("<queue>")
    .argument("[message]")
    .option("--all", "all messages of the queue")
    .action((queue: string, message: string | undefined, which: Which) => redrive(session, queue, oneOrAll(message, which)));
  letters
    .command("drop")
    .description("remove a message, or all of a queue, for ever")
    .argument("<queue>")
    .argument("[message]")
    .option("--all", "all messages of the queue")
    .action((queue: string, message: string | undefined, which: Which) => drop(session, queue, oneOrAll(message, which)));
}

/** @throws {UserError} neither a message is named nor all are meant, or both. */
function oneOrAll(message: string | undefined, { all }: Which): string | undefined {
  if ((message === undefined) !== (all === true)) throw new UserError(["name one message, or say --all"]);
  return message;
}

async function listQueues(session: Session, asJson: boolean): Promise<void> {
  const { queues } = await callApi(session.connection(), { path: PATH }, DeadLetterQueueList);
  if (asJson) return session.print(JSON.stringify(queues, null, 2));
  const titles = ["QUEUE", "WAITING", "GOES BACK TO"].map((title) => ({ title }));
  session.print(...tableLines(titles, queues.map(({ queue, waiting, source }) => [queue, String(waiting), source ?? ""]), session.paint));
  for (const { queue, waiting } of queues) if (waiting > 0) session.print("", ...adviceOn(queue));
}

function adviceOn(queue: string): string[] {
  const runbook = DEAD_LETTER_RULES.find(({ name }) => name === queue)?.runbook;
  return runbook === undefined ? [] : [`${queue}: ${runbook.meaning}`, `First look: ${runbook.firstLook}`, `Fix: ${runbook.fix}`];
}

async function listLetters(session: Session, queue: string, limit: string): Promise<void> {
  const { dead_letters: letters } = await callApi(session.connection(), { path: at(queue), query: { limit } }, DeadLetterList);
  const titles = ["MESSAGE", "SENT", "TENANT", "BYTES", "REASON"].map((title) => ({ title }));
  const rows = letters.map((letter) => [letter.message_id, letter.sent_at, letter.tenant ?? "", String(letter.body_bytes), letter.reason ?? "see the function's log"]);
  session.print(...tableLines(titles, rows, session.paint));
}

async function redrive(session: Session, queue: string, message: string | undefined): Promise<void> {
  const path = message === undefined ? at(queue, "redrive") : at(queue, message, "redrive");
  const { source, redriven } = await callApi(session.connection(), { method: "POST", path, body: {} }, DeadLettersRedriven);
  session.remark(`sent ${redriven} back to ${source}`);
}

async function drop(session: Session, queue: string, message: string | undefined): Promise<void> {
  if (message !== undefined) {
    await callApi(session.connection(), { method: "DELETE", path: at(queue, message) }, z.undefined());
    return session.remark(`removed ${message}`);
  }
  const { dropped } = await callApi(session.connection(), { method: "DELETE", path: at(queue) }, DeadLettersDropped);
  session.remark(`removed ${dropped} from ${queue}`);
}
