import type { Command } from "commander";
import { diagnose, type Finding } from "../client/diagnosis.ts";
import { UserError } from "../failures.ts";
import type { Session } from "../session.ts";
import { printable } from "../view/text.ts";

const SIGNS = {
  fine: ["green", "✓"],
  look: ["yellow", "!"],
  broken: ["red", "✗"],
  unseen: ["dim", "–"],
} as const;

const WIDTH = 16;

/** `doctor`. */
export function addDoctorCommand(program: Command, session: Session): void {
  program
    .command("doctor")
    .description(
      "examine a deployment: address, clock, stores, token, own card, agents, holds, capacity, inbox; " +
        "ends with 1 when something is broken",
    )
    .option("--json", "one JSON object per line")
    .action(({ json }: { json?: true }) => examine(session, json === true));
}

async function examine(session: Session, asJson: boolean): Promise<void> {
  const { source, ...connection } = session.connection();
  if (!asJson) session.remark(`${connection.url}, by ${source}`);
  let broken = 0;
  for await (const finding of diagnose(connection, Date.now)) {
    if (finding.verdict === "broken") broken += 1;
    session.print(...(asJson ? [JSON.stringify(finding)] : linesOf(session, finding)));
  }
  if (broken > 0) throw new UserError([`a2a: ${broken} of these ${broken === 1 ? "is" : "are"} broken`]);
}

function linesOf({ paint }: Session, { what, verdict, says, remedy }: Finding): string[] {
  const [style, sign] = SIGNS[verdict];
  const line = `${paint(style, sign)} ${what.padEnd(WIDTH)}${printable(says)}`;
  return remedy === undefined ? [line] : [line, `  ${" ".repeat(WIDTH)}${paint("dim", remedy)}`];
}
