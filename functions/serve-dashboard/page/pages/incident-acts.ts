import { steerIncident } from "./incident-endpoints.ts";
import type { IncidentView } from "../core/replies.ts";
import { type Act, propose } from "../parts/act.ts";

interface IncidentAct {
  readonly label: string;
  readonly isDangerous?: boolean;
  readonly propose: () => void;
}

/** The agent that an incident is about. */
const agentIn = ({ context }: IncidentView): string | undefined => {
  const agent = context?.["agent_id"];
  return typeof agent === "string" ? agent : undefined;
};

/** What can be done about an incident as it stands. */
export function incidentActs(incident: IncidentView, changed: () => void): readonly IncidentAct[] {
  const { incident_id: id, status } = incident;
  const text = (label: string): Partial<Act> => ({ reason: "none", fields: [{ name: "text", label, kind: "area", isRequired: true }] });
  const act = (label: string, more: Omit<Act, "button" | "done">): IncidentAct => ({
    label,
    ...(more.isDangerous === undefined ? {} : { isDangerous: more.isDangerous }),
    propose: () => propose({ button: label, ...more, done: changed }),
  });
  const take = act("Take it", {
    title: "Take this incident?", explains: "It escalates no more.", says: "Taken",
    run: ({ reason }) => steerIncident(id, "acknowledge", reason ? { note: reason } : {}),
  });
  const note = act("Add a note", {
    title: "Add a note", explains: "It stays in the timeline.", says: "Noted", ...text("Note"),
    run: ({ text: said }) => steerIncident(id, "notes", { text: said }),
  });
  const escalate = act("Escalate", {
    title: "Escalate now?", explains: "Those are told whom the next rule names.", says: "Escalated", reason: "required",
    run: ({ reason }) => steerIncident(id, "escalate", { reason }),
  });
  const resolve = act("Resolve", {
    title: "Is it over?", explains: "Where its cause goes on, it opens again after five minutes.", says: "Resolved", ...text("How it was resolved"),
    run: ({ text: said }) => steerIncident(id, "resolve", { resolution: said }),
  });
  if (status === "resolved") return [note];
  return [...(status === "open" ? [take, escalate] : []), note, resolve];
}

/** What can be done about the agent that an incident is about. */
export function responseActs(incident: IncidentView, changed: () => void): readonly IncidentAct[] {
  const { incident_id: id, status, response_actions: done } = incident;
  const agent = agentIn(incident);
  const isAway = done.some((each) => each.response_type === "agent_quarantine" && each.status === "completed");
  if (agent === undefined || isAway || status === "resolved") return [];
  return [
    {
      label: "Quarantine the agent",
      isDangerous: true,
      propose: () =>
        propose({
          title: `Put ${agent} in quarantine?`,
          explains: "It gets no more work until this is undone. Refused where no other agent can do its work.",
          button: "Quarantine",
          isDangerous: true,
          reason: "none",
          says: "In quarantine",
          run: () => steerIncident(id, "response", { response_type: "agent_quarantine" }),
          done: changed,
        }),
    },
  ];
}

/** Undoes a response. */
export function proposeRevert(id: string, response: string, changed: () => void): void {
  propose({
    title: "Undo this response?",
    explains: "As far as it is still its own: what others changed meanwhile stays.",
    button: "Undo",
    reason: "none",
    says: "Undone",
    run: () => steerIncident(id, `response/${response}/revert`, {}),
    done: changed,
  });
}
