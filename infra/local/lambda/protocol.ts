import type { Refusal } from "../clients/door.ts";

/** What a worker needs to load and call one function. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** Folder of the unpacked asset. */
  readonly codeDir: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly logFile: string;
}

export interface InvokeMessage {
  readonly type: "invoke";
  readonly id: number;
  readonly functionName: string;
  /** JSON text. */
  readonly payload: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Whether a streaming handler may stream; otherwise what it writes is collected. */
  readonly isStreaming: boolean;
}

/** From the service to a worker. */
export type WorkerRequest =
  | { readonly type: "define"; readonly definition: FunctionDefinition }
  | { readonly type: "load"; readonly functionName: string }
  | InvokeMessage
  /** The caller of a stream hung up. */
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "ping"; readonly id: number }
  /** To a call of a function. */
  | { readonly type: "answer"; readonly id: number; readonly body: string }
  | { readonly type: "refused"; readonly id: number; readonly refusal: Refusal };

export interface StreamHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

/** From a worker to the service. */
export type WorkerReply =
  | { readonly type: "result"; readonly id: number; readonly payload: string }
  /** `payload` is the error in the shape Lambda gives it. */
  | { readonly type: "error"; readonly id: number; readonly payload: string }
  | { readonly type: "head"; readonly id: number; readonly head: StreamHead }
  | { readonly type: "chunk"; readonly id: number; readonly data: Uint8Array }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "pong"; readonly id: number }
  /** A function calls a service of the cloud. */
  | { readonly type: "call"; readonly id: number; readonly target: string; readonly body: string };
