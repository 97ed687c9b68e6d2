import type { Agent } from "../agent.ts";
import type { Failure } from "../../core/failure.ts";
import type { Usage } from "../../core/usage.ts";

/** One attempt, as the agent sees it. */
export interface AttemptMessage {
  readonly messageId: string;
  readonly contextId: string;
  /** How long its answer is worth waiting for. @default - as long as any call may take */
  readonly timeoutMs?: number;
  /** Set when the message answers a question of a task under way. */
  readonly agentTaskId?: string;
  /** Becomes a text that a model can read, a data part, or both. */
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  /** What is known of the tasks whose outputs are in `data`, for people and models: title, and how each ended. */
  readonly sources?: Readonly<Record<string, { readonly title?: string | undefined; readonly state?: string | undefined }>>;
  /** When the attempt is given up, ISO 8601. */
  readonly deadlineAt?: string | undefined;
  /** Payloads too large for the message, to be fetched by the agent. */
  readonly files: readonly { readonly name: string; readonly url: string; readonly mediaType: string }[];
  readonly push: { readonly url: string; readonly token: string } | undefined;
  /** It holds a credential: what is kept of the exchange has none of it. @default false */
  readonly isSecret?: boolean;
}

/** Where an attempt stands, whatever protocol version told us. */
export type AttemptOutcome =
  | {
      readonly kind: "completed";
      readonly output: unknown;
      /** The agent left nothing that can be read. */
      readonly isEmpty?: true | undefined;
      readonly agentTaskId?: string | undefined;
      /** What the agent says that it used. */
      readonly usage?: Usage | undefined;
    }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly retryable: boolean;
      readonly retryAfterSeconds?: number | undefined;
      /** The agent took nothing and asks us to slow down. */
      readonly isThrottled?: true | undefined;
      /** What the agent had made until then. */
      readonly partial?: unknown;
      readonly usage?: Usage | undefined;
    }
  | {
      readonly kind: "working";
      readonly agentTaskId: string;
      readonly contextId?: string | undefined;
      /** Whether the agent took our push configuration. */
      readonly pushes?: boolean | undefined;
    }
  | {
      readonly kind: "input_required";
      readonly agentTaskId: string;
      readonly contextId?: string | undefined;
      readonly question: unknown;
      /** It waits for something else than an answer: for authorisation, or in a state that we do not know. */
      readonly asksFor?: "auth" | "unknown" | undefined;
      /** The agent's message that asks, where it names one. */
      readonly askedIn?: string | undefined;
    }
  /** The send may have arrived or not. */
  | {
      readonly kind: "in_doubt";
      readonly reason: string;
      /** Nothing took the call at the agent's address. */
      readonly isUnreachable?: true | undefined;
    };

/** Result of asking for a task by id or by context. */
export type FoundAttempt = AttemptOutcome | { readonly kind: "not_found" } | { readonly kind: "unsupported" };

/** How a send waits for its answer. */
export interface Patience {
  /** @default `LIMITS.agentCallSeconds` */
  readonly seconds: number;
  /** Read the answer as a stream, where the agent offers it. */
  readonly stream: boolean;
  /** Hears which task the answer is about, as soon as the stream says so. */
  readonly onTask: (heard: Extract<AttemptOutcome, { kind: "working" }>) => void;
  /** Hangs up; the send is in doubt then. */
  readonly signal: AbortSignal;
}

/** What we ask of agents. Failures of agents are values; only our own defects throw. */
export interface AgentCalls {
  send(agent: Agent, message: AttemptMessage, patience?: Patience): Promise<AttemptOutcome>;
  get(agent: Agent, agentTaskId: string): Promise<FoundAttempt>;
  /** Looks for the task that an unanswered send may have made. */
  find(agent: Agent, sent: { contextId: string; messageId: string }): Promise<FoundAttempt>;
  /**
   * Best effort: an agent that cannot cancel goes on, and its result will be ignored.
   *
   * @returns what the agent says that the task had used by its end.
   */
  cancel(agent: Agent, agentTaskId: string): Promise<Usage | undefined>;
}
