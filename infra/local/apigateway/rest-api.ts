import type { GatewayResponse } from "./gateway-response.ts";

/** What a method does with a request. */
export type Integration =
  | { readonly type: "lambda"; readonly functionArn: string; readonly isStreaming: boolean; readonly timeoutMs: number }
  | { readonly type: "mock"; readonly statusCode: number; readonly headers: Readonly<Record<string, string>> };

/** A Lambda authorizer as the template declares it. */
export interface Authorizer {
  readonly id: string;
  readonly type: "TOKEN" | "REQUEST";
  readonly functionArn: string;
  /** For example `method.request.header.Authorization`. */
  readonly identitySources: readonly string[];
  readonly validationExpression: string | undefined;
  readonly ttlMs: number;
}

export interface Method {
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly integration: Integration;
  readonly authorizer: Authorizer | undefined;
}

/** A method found for a request; parameters are as the client spelled them. */
export interface RouteMatch {
  readonly method: Method;
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

interface PathNode {
  readonly literals: Map<string, PathNode>;
  parameter: { readonly name: string; readonly node: PathNode } | undefined;
  /** `{name+}`: takes the rest of the path. */
  greedy: { readonly name: string; readonly node: PathNode } | undefined;
  readonly methods: Map<string, Method>;
}

const emptyNode = (): PathNode => ({
  literals: new Map(),
  parameter: undefined,
  greedy: undefined,
  methods: new Map(),
});

/** The stage whose name no path begins with; only HTTP APIs have one. */
export const DEFAULT_STAGE = "$default";

/** A REST or HTTP API: its tree of resources, and what else the template says about it. */
export class RestApi {
  readonly id: string;
  readonly name: string;
  /** What AWS bills its requests as. */
  readonly billedAs: "api_requests" | "http_requests";
  readonly binaryMediaTypes: readonly string[];
  readonly stages = new Map<string, Readonly<Record<string, string>>>();
  readonly gatewayResponses = new Map<string, GatewayResponse>();
  readonly #paths = new Map<string, string>();
  readonly #root = emptyNode();

  constructor(identity: Pick<RestApi, "id" | "name" | "binaryMediaTypes"> & Partial<Pick<RestApi, "billedAs">>) {
    this.id = identity.id;
    this.name = identity.name;
    this.binaryMediaTypes = identity.binaryMediaTypes;
    this.billedAs = identity.billedAs ?? "api_requests";
    this.#paths.set(this.rootResourceId, "/");
  }

  get rootResourceId(): string {
    return `${this.id}root`;
  }

  addResource(resourceId: string, { parentId, pathPart }: { parentId: string; pathPart: string }): void {
    const parent = this.pathOf(parentId);
    this.#paths.set(resourceId, `${parent === "/" ? "" : parent}/${pathPart}`);
  }

  /** @throws {Error} the resource is not part of this API. */
  pathOf(resourceId: string): string {
    const path = this.#paths.get(resourceId);
    if (path === undefined) throw new Error(`API ${this.name} has no resource ${resourceId}`);
    return path;
  }

  addMethod(verb: string, method: Method): void {
    let node = this.#root;
    for (const part of segments(method.resourcePath)) node = childFor(node, part);
    node.methods.set(verb, method);
  }

  /** The most specific method for a request; `path` starts after the stage. */
  match(verb: string, path: string): RouteMatch | undefined {
    const parameters: [string, string][] = [];
    const method = find(this.#root, { verb, parts: segments(path), index: 0, parameters });
    if (method === undefined) return undefined;
    return { method, pathParameters: parameters.length === 0 ? null : Object.fromEntries(parameters) };
  }
}

const segments = (path: string): readonly string[] => path.split("/").filter((part) => part !== "");

function childFor(node: PathNode, part: string): PathNode {
  const [, name, plus] = /^\{([^+}]+)(\+?)\}$/.exec(part) ?? [];
  if (name === undefined) {
    const existing = node.literals.get(part) ?? emptyNode();
    node.literals.set(part, existing);
    return existing;
  }
  if (plus === "+") return (node.greedy ??= { name, node: emptyNode() }).node;
  return (node.parameter ??= { name, node: emptyNode() }).node;
}

interface Search {
  readonly verb: string;
  readonly parts: readonly string[];
  readonly index: number;
  readonly parameters: [string, string][];
}

/** Literals win over parameters, parameters over greedy ones. */
function find(node: PathNode, search: Search): Method | undefined {
  const { verb, parts, index, parameters } = search;
  const part = parts[index];
  if (part === undefined) return node.methods.get(verb) ?? node.methods.get("ANY");
  const literal = node.literals.get(part);
  const found = literal && find(literal, { ...search, index: index + 1 });
  if (found !== undefined) return found;
  if (node.parameter !== undefined) {
    parameters.push([node.parameter.name, part]);
    const below = find(node.parameter.node, { ...search, index: index + 1 });
    if (below !== undefined) return below;
    parameters.pop();
  }
  if (node.greedy === undefined) return undefined;
  const { methods } = node.greedy.node;
  const method = methods.get(verb) ?? methods.get("ANY");
  if (method !== undefined) parameters.push([node.greedy.name, parts.slice(index).join("/")]);
  return method;
}
