import type { Server } from "node:http";
import { AuthorizerService } from "./apigateway/authorizer.ts";
import type { RestApi } from "./apigateway/rest-api.ts";
import { createRestServer } from "./apigateway/rest-server.ts";
import type { WebSocketApi } from "./apigateway/websocket-api.ts";
import { createSocketServer } from "./apigateway/websocket-server.ts";
import type { CloudServices } from "./cloud-services.ts";
import type { OpenOptions } from "./foundation.ts";
import type { Ports } from "./wire/ports.ts";

type Callees = Pick<CloudServices, "lambda" | "log" | "place" | "meter">;

/** The APIs of this cloud, each with a server and an address of its own. */
interface ApiHosts {
  readonly apis: Map<string, RestApi>;
  readonly socketApis: Map<string, WebSocketApi>;
  /** Base URLs by API name. */
  readonly apiUrls: Record<string, string>;
  readonly urlsById: ReadonlyMap<string, string>;
  declareApi(api: RestApi, callees: Callees): Promise<void>;
  declareSocketApi(api: WebSocketApi, callees: Callees): Promise<void>;
}

/** Nothing listens yet: an API is served from when it is declared until `closers` are disposed of. */
export function createApiHosts(
  { socketAliases: aliases = [] }: Pick<OpenOptions, "socketAliases">,
  { ports, closers }: { readonly ports: Ports; readonly closers: AsyncDisposableStack },
): ApiHosts {
  const apis = new Map<string, RestApi>();
  const socketApis = new Map<string, WebSocketApi>();
  const apiUrls: Record<string, string> = {};
  const urlsById = new Map<string, string>();
  const serve = async (server: Server, { id, name }: { readonly id: string; readonly name: string }): Promise<void> => {
    const port = await ports.listen(server, `api:${id}`);
    closers.defer(() => closeServer(server));
    const url = `http://127.0.0.1:${port}`;
    urlsById.set(id, url);
    apiUrls[name] = url;
  };
  const partsOf = ({ lambda, log, place, meter }: Callees) => {
    return { lambda, authorizers: new AuthorizerService(lambda), log, meter, ...place };
  };
  return {
    apis,
    socketApis,
    apiUrls,
    urlsById,
    declareApi: async (api, callees) => {
      await serve(createRestServer(api, partsOf(callees)), api);
      apis.set(api.id, api);
    },
    declareSocketApi: async (api, callees) => {
      await serve(createSocketServer(api, { ...partsOf(callees), aliases }), api);
      socketApis.set(api.id, api);
    },
  };
}

/** Turns addresses of AWS into those that the APIs have here. */
export function localiseUrls(text: string, urls: ReadonlyMap<string, string>): string {
  return text.replace(
    /(https|wss):\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/g,
    (url, scheme: string, id: string) => {
      const local = urls.get(id);
      return scheme === "wss" ? (local?.replace(/^http/, "ws") ?? url) : (local ?? url);
    },
  );
}

/** Ends what is under way as well. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
}
