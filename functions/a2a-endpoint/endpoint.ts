import type { IdKind } from "../../shared/core/ids.ts";
import type { AnswerDeps } from "../../shared/execution/control/answer-task.ts";
import type { ControlDeps } from "../../shared/execution/control/control-deps.ts";
import type { SubmitDeps } from "../../shared/execution/run/submit-execution.ts";
import type { Caller } from "../../shared/http/caller.ts";
import type { StreamPlaces } from "../../shared/http/stream-places.ts";
import type { CardSigner } from "../../shared/a2a/sign-card.ts";
import type { Dialect } from "../../shared/endpoint/wire/negotiate.ts";
import type { ConversationStore } from "../../shared/endpoint/store/conversation-store.ts";
import type { RunSource } from "../../shared/execution/run/look-at-run.ts";
import type { DefinitionStore } from "../../shared/workflow/store/definition-store.ts";

/** What the endpoint stands on. */
export interface EndpointDeps extends RunSource, SubmitDeps, AnswerDeps {
  readonly definitions: DefinitionStore;
  readonly conversation: ConversationStore;
  readonly steering: ControlDeps;
  /** Private hosts that may receive pushes. */
  readonly pushHosts: ReadonlySet<string>;
  readonly now: () => Date;
  readonly newId: (kind: IdKind) => string;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Where streams are counted. */
  readonly places: StreamPlaces;
  /** Signs our cards, where the deployment names a key. */
  readonly signCard?: CardSigner | undefined;
}

/** Who calls, in which generation of A2A, and under which URL. */
export interface Call {
  readonly caller: Caller;
  readonly dialect: Dialect;
  /** URL of the endpoint as the caller reaches it. */
  readonly url: string;
}
