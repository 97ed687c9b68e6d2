import type { AskKind } from "./ask-kind.ts";

/** What is wanted of an agent, as a model reads it, by kind of message. */
export const ASK_WORDS: Readonly<Record<AskKind, string>> = {
  decompose: "Split the goal into subtasks for the workers that are named, each with what it needs to be accepted.",
  delegate: "Do this subtask and answer with its result.",
  assess: "Judge the result against the goal: a score from 0 to 1, and what is missing.",
  synthesize: "Make one answer to the goal out of the results.",
  handoff: "Work on the goal. Hand over only if another role has to go on, to one of those that are named.",
  produce: "Make a first draft for the goal.",
  improve: "Improve the draft by the feedback.",
  exchange: "Say where you stand on the goal now that you know what your neighbours said.",
  propose: "Answer the goal, and say why.",
  revise: "Answer the goal again, having read what others answered.",
  judge: "Decide between the answers.",
  vote: "Choose one of the options, or answer the goal where there are none.",
  call_for_proposals: "Say at what price and in how many seconds you would do the work, or refuse.",
  accept_proposal: "Your proposal was accepted: do the work and answer with its result.",
  contribute: "Add to the board what brings it nearer to the goal: the fields to set, none if there are none.",
  speak: "Say what comes next in the conversation, and whether the goal is reached.",
  next_speaker: "Say which of the speakers is to speak next.",
  task: "Do the task. Where a review goes along, do better what it finds fault with.",
  decide:
    "Decide about a task that was not done well enough: have it done again by another agent, accept what there is or your own result in its place, or let it fail.",
  evaluate: "Say what the position is worth, as one number.",
  partition: "Do this partition of the work and answer with its result.",
};
