import { NotHereError } from "../emulators/not-here.ts";
import { openFrontDoor } from "../front-door.ts";
import { elements, query } from "../query.ts";
import { EmulatorTarget } from "./cdk-target.ts";
import type { Target } from "./target.ts";

/** Whatever answers at AWS_ENDPOINT_URL on this machine. @throws {NotHereError} nobody does. */
export async function openEndpoint(place: { readonly region: string; readonly prefix: string }): Promise<Target> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  if (endpoint === undefined) throw new NotHereError("AWS_ENDPOINT_URL names no endpoint");
  const door = await openFrontDoor(endpoint);
  const root = { endpoint, region: place.region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const [accountId] = elements(await query(root, "sts", { Action: "GetCallerIdentity" }).catch(() => ""), "Account");
  if (accountId === undefined) {
    await door[Symbol.asyncDispose]();
    throw new NotHereError(`${endpoint} does not say which account it is (sts:GetCallerIdentity)`);
  }
  return new EmulatorTarget({
    ...place,
    name: "endpoint",
    accountId,
    door,
    close: async () => door[Symbol.asyncDispose](),
  });
}
