import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../../infra/local/cloud.ts";
import { doorTo, openDoor } from "../../../infra/local/clients/door.ts";
import { serviceCalls } from "../../../infra/local/clients/service-calls.ts";
import { frontRoutes } from "../../../infra/local/front-routes.ts";
import { BEHAVIOURS } from "./behaviours.ts";
import { type Aws, openAws } from "./clients.ts";
import { openWithin } from "./clients-within.ts";

const BUCKET = "probe-bucket";
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const folder = mkdtempSync(path.join(tmpdir(), "a2a-contract-"));
let cloud: Cloud;
let aws: Aws & Disposable;

beforeAll(async () => {
  const template = { Resources: { Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: BUCKET } } } };
  writeFileSync(path.join(folder, "Data.template.json"), JSON.stringify(template));
  writeFileSync(
    path.join(folder, "manifest.json"),
    JSON.stringify({ artifacts: { Data: { type: "aws:cloudformation:stack" } } }),
  );
  cloud = await startCloud({ assemblyDir: folder, stateDir: path.join(folder, "state") });
  openDoor(doorTo(serviceCalls(frontRoutes(cloud.services, { log: () => {} }))));
  const { endpoint, region, accountId } = cloud;
  const roleArn = `arn:aws:iam::${accountId}:role/probe`;
  aws = openAws({ endpoint, region, credentials: CREDENTIALS, roleArn, bucket: BUCKET, prefix: "probe" });
});

afterAll(async () => {
  aws[Symbol.dispose]();
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
});

// The same rows run against every target of `npm run test:deployed`, so that the embedded cloud cannot drift by itself.
describe.concurrent("the embedded cloud behaves as AWS documents:", () => {
  it.each(BEHAVIOURS)("$name", async ({ observe, expected }) => {
    expect(await observe(aws)).toEqual(expected);
  });

  // Functions of the embedded cloud do not go through HTTP.
  it.each(BEHAVIOURS)("$name, asked from within", async ({ observe, expected }) => {
    expect(await observe(openWithin(aws))).toEqual(expected);
  });
});
