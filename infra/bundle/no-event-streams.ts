/**
 * What bundles get for `@smithy/core/event-streams`: 15 KB that only operations with event streams use (S3's
 * SelectObjectContent, Lambda's InvokeWithResponseStream). We call none; whoever adds one is told so by this error.
 */
export const eventStreamSerdeProvider = (): object => ({});

export const resolveEventStreamSerdeConfig = <Config extends object>(config: Config): Config => config;

/** The SDK calls it with `new`, hence no arrow function. */
export function EventStreamSerde(): never {
  throw new Error("this bundle was made without event streams; see infra/bundle/no-event-streams.ts");
}
