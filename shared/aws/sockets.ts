import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

/** Open connections of a WebSocket API. */
export interface Sockets {
  /** @returns `gone`: there is no such connection any more; `full`: its reader is too slow for now. */
  post(connection: string, text: string): Promise<"sent" | "gone" | "full">;
  /** Ends a connection; nothing where it has ended. */
  cut(connection: string): Promise<void>;
}

/** The connections that a client reaches. */
export const socketsOf = (client: ApiGatewayManagementApiClient): Sockets => ({
  post: async (ConnectionId, text) => {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }));
      return "sent";
    } catch (error) {
      if (error instanceof GoneException) return "gone";
      if (error instanceof LimitExceededException) return "full";
      throw error;
    }
  },
  cut: async (ConnectionId) => {
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId }));
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
    }
  },
});
