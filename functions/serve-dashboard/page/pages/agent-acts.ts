import type { AgentView } from "../core/replies.ts";
import { propose } from "../parts/act.ts";
import { steerAgent } from "./agent-endpoints.ts";

interface AgentAct {
  readonly label: string;
  readonly isDangerous?: boolean;
  readonly propose: () => void;
}

/** What can be done about an agent as it stands. */
export function agentActs({ agent_id: id, quarantine, circuit_breaker: breaker }: AgentView, changed: () => void): readonly AgentAct[] {
  const act = (path: string, texts: { label: string; title: string; explains: string; says: string }, isDangerous = false): AgentAct => ({
    label: texts.label,
    isDangerous,
    propose: () =>
      propose({
        ...texts,
        button: texts.label,
        isDangerous,
        reason: "required",
        run: ({ reason }) => steerAgent(id, path, { reason }),
        done: changed,
      }),
  });
  return [
    ...(breaker.state === "closed" ? [] : [act("circuit-breaker/reset", {
      label: "Close the breaker", title: `Close ${id}'s breaker?`, says: "Closed", explains: "It gets work at once, and its failures are forgotten.",
    })]),
    quarantine === undefined
      ? act("quarantine", {
          label: "Quarantine", title: `Put ${id} in quarantine?`, says: "In quarantine",
          explains: "It gets no more work until it is released; what it has in hands it may finish.",
        }, true)
      : act("release", { label: "Release", title: `Release ${id}?`, says: "Released", explains: "It may have work again." }),
  ];
}
