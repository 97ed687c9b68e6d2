import type { Command } from "commander";
import { SchedulePage, ScheduleView } from "../../../shared/workflow/views/schedules.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

const pathOf = (id: string, act = ""): string => `/api/v1/schedules/${encodeURIComponent(id)}${act}`;

/** `schedules`: what starts workflows when it is time. */
export function addScheduleCommands(program: Command, session: Session): void {
  const schedules = program
    .command("schedules")
    .description("schedules of workflows: when they ran, and when they run next")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => list(session, json === true));
  schedules
    .command("show")
    .description("a schedule, its last and its next runs")
    .argument("<id>")
    .action(async (id: string) => session.print(JSON.stringify(await callApi(session.connection(), { path: pathOf(id) }, ScheduleView), null, 2)));
  for (const [act, description] of [
    ["pause", "start nothing by a schedule until it is resumed"],
    ["resume", "go on with a paused schedule, from its next tick on"],
  ] as const) {
    schedules
      .command(act)
      .description(description)
      .argument("<id>")
      .action(async (id: string) => {
        const schedule = await callApi(session.connection(), { method: "POST", path: pathOf(id, `/${act}`), body: {} }, ScheduleView);
        session.remark(`${id} of ${schedule.workflow_id} is ${schedule.status}${schedule.next_due === undefined ? "" : `; next ${schedule.next_due}`}`);
      });
  }
}

async function list(session: Session, asJson: boolean): Promise<void> {
  const { schedules } = await callApi(session.connection(), { path: "/api/v1/schedules" }, SchedulePage);
  if (asJson) return session.print(JSON.stringify(schedules, null, 2));
  const titles = ["SCHEDULE", "WORKFLOW", "WHEN", "TIME ZONE", "STATUS", "NEXT", "LAST"].map((title) => ({ title }));
  const rows = schedules.map((one) => {
    const [last] = one.runs;
    const said = last === undefined ? "-" : `${last.due_at} ${last.outcome}`;
    return [one.schedule_id, one.workflow_id, one.schedule, one.timezone, one.status, one.next_due ?? "-", said];
  });
  session.print(...tableLines(titles, rows, session.paint));
}
