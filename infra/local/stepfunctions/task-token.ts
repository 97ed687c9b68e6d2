import { hash } from "node:crypto";
import { ServiceError } from "./asl-error.ts";

/** What a task token names: one attempt of one task. History event ids never repeat, so neither do tokens. */
export interface TokenSubject {
  readonly execution: number;
  readonly id: number;
  readonly taskEvent: number;
}

const checksum = (text: string): string => hash("sha256", text, "hex").slice(0, 16);

/** The token of a frame's present task. It can be made again after a restart, so it is stored nowhere. */
export function taskToken(databaseId: string, { execution, id, taskEvent }: TokenSubject): string {
  const subject = `${databaseId}.${execution}.${id}.${taskEvent}`;
  return Buffer.from(`${subject}.${checksum(subject)}`).toString("base64url");
}

/** @throws {ServiceError} `InvalidToken`: no token of ours; `TaskDoesNotExist`: a token of another database. */
export function readTaskToken(databaseId: string, token: string): TokenSubject {
  const parts = Buffer.from(token, "base64url").toString().split(".");
  const [issuer, ...numbers] = parts.slice(0, 4);
  if (parts.length !== 5 || checksum(parts.slice(0, 4).join(".")) !== parts[4]) {
    throw new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'");
  }
  if (issuer !== databaseId) throw new ServiceError("TaskDoesNotExist", "Task does not exist");
  const [execution = 0, id = 0, taskEvent = 0] = numbers.map(Number);
  return { execution, id, taskEvent };
}
