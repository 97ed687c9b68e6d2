/** Names the event that hooks are told of which look at what a task made, before it counts. */
export const MADE = "task.made";
