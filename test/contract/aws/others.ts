import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { type Behaviour, refusal } from "./behaviour.ts";

/** What we build on elsewhere. */
export const OTHER_BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "EventBridge answers 200 to entries it does not take, and says which",
    source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html",
    observe: async (aws) => {
      const good = { Source: "probe", DetailType: "probe", Detail: "{}" };
      const Entries = [good, { ...good, Detail: "not JSON" }, { ...good, Detail: "[]" }];
      const reply = await aws.events.send(new PutEventsCommand({ Entries }));
      return { failed: reply.FailedEntryCount, codes: reply.Entries?.map(({ ErrorCode }) => ErrorCode ?? "taken") };
    },
    expected: { failed: 2, codes: ["taken", "MalformedDetail", "MalformedDetail"] },
  },
  {
    name: "EventBridge takes ten entries at a time",
    source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html",
    observe: (aws) => {
      const Entries = Array.from({ length: 11 }, () => ({ Source: "probe", DetailType: "probe", Detail: "{}" }));
      return refusal(aws.events.send(new PutEventsCommand({ Entries })));
    },
    expected: "ValidationException",
  },
  {
    name: "Secrets Manager knows no secret that is not there, and makes none twice",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
    observe: async (aws) => {
      const Name = `a2a/agents/probe/${aws.name("secret")}`;
      const absent = await refusal(aws.secrets.send(new GetSecretValueCommand({ SecretId: Name })));
      await aws.secrets.send(new CreateSecretCommand({ Name, SecretString: "s" }));
      const again = await refusal(aws.secrets.send(new CreateSecretCommand({ Name, SecretString: "s" })));
      return {
        absent,
        again,
        value: (await aws.secrets.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString,
      };
    },
    expected: { absent: "ResourceNotFoundException", again: "ResourceExistsException", value: "s" },
  },
  {
    name: "S3 knows no key that is not there, and deletes it without complaint",
    source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
    observe: async ({ s3, bucket: Bucket, name }) => {
      const Key = `T/probe/X/${name("object")}`;
      const absent = await refusal(s3.send(new GetObjectCommand({ Bucket, Key })));
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "content", ContentType: "application/json" }));
      const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const text = await Body?.transformToString();
      const remove = () => refusal(s3.send(new DeleteObjectCommand({ Bucket, Key })));
      return { absent, text, ContentType, removed: [await remove(), await remove()] };
    },
    expected: {
      absent: "NoSuchKey",
      text: "content",
      ContentType: "application/json",
      removed: ["accepted", "accepted"],
    },
  },
];
