/** Source of the events that tasks emit. Events about runs have their own, `a2a.orchestrator`. */
export const WORKFLOW_EVENT_SOURCE = "a2a.workflow";
