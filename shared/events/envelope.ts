/** `source` of everything we put on the bus. */
export const EVENT_SOURCE = "a2a.orchestrator";

/** `source` of events that workflows emit. */
export const WORKFLOW_EVENT_SOURCE = "a2a.workflow";

/** `source` of events that callers post over the API. */
export const POSTED_EVENT_SOURCE = "a2a.api";
