import * as z from "zod";
import type { RpcErrorName } from "../../../shared/http/rpc-errors.ts";
import { fit } from "../../../shared/http/request.ts";
import type { Route } from "../route.ts";

/** What a call asks of the route behind its method. */
export interface RestCall {
  /** Parameters of the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
}

/** One method of `/rpc`: an operation of the REST API in the words of JSON-RPC. */
export interface RpcMethod {
  readonly name: string;
  readonly summary: string;
  readonly route: Route;
  /** By name; there are no parameters by position. */
  readonly params: Readonly<Record<string, z.ZodType>>;
  readonly result: z.ZodType;
  /** What a refusal is called here, by the wire name of its error, where the general name says too little. */
  readonly refusals?: Readonly<Record<string, RpcErrorName>>;
  /** What a refusal is called whose flaws all lie in one field of the route's body. */
  readonly flaws?: Readonly<Record<string, RpcErrorName>>;
  /** Refusals beside those that follow from the form of the route. */
  readonly mayRefuse?: readonly RpcErrorName[];
  /** @throws {InvalidRequestError} the parameters do not fit. */
  readonly ask: (params: unknown) => RestCall;
  /** The result that the route's reply stands for. */
  readonly tell: (reply: unknown) => unknown;
}

interface SpecifiedMethod<Shape extends Readonly<Record<string, z.ZodType>>, Reply extends z.ZodType, Result extends z.ZodType> {
  readonly name: string;
  readonly summary?: string;
  readonly route: Route;
  readonly params: Shape;
  readonly refusals?: Readonly<Record<string, RpcErrorName>>;
  readonly mayRefuse?: readonly RpcErrorName[];
  readonly ask: (params: z.output<z.ZodObject<Shape>>) => RestCall;
  /** What of the route's reply is read. */
  readonly reply: Reply;
  readonly result: Result;
  readonly tell: (reply: z.output<Reply>) => z.output<Result>;
}

/** A method whose parameters and result the specification words otherwise than the route behind it. */
export function specified<Shape extends Readonly<Record<string, z.ZodType>>, Reply extends z.ZodType, Result extends z.ZodType>(
  method: SpecifiedMethod<Shape, Reply, Result>,
): RpcMethod {
  const { params: shape, route } = method;
  const schema = z.strictObject(shape);
  return {
    ...method,
    summary: method.summary ?? route.summary,
    ask: (params) => method.ask(fit(schema, params, "params")),
    tell: (reply) => method.tell(method.reply.parse(reply)),
  };
}
