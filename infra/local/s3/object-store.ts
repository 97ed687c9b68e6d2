import { join } from "node:path";
import type { FauxqsServer } from "fauxqs";
import { dropUnfinished } from "./drop-unfinished.ts";

/** The S3 server and its buckets. */
export interface ObjectStore {
  readonly endpoint: string;
  /** Creates a bucket, or keeps the one there is. */
  declareBucket(name: string): void;
  stop(): Promise<void>;
}

/** Starts S3 over the objects in `directory`. */
export async function startObjectStore(directory: string, port: number): Promise<ObjectStore> {
  const { startFauxqs } = await import("fauxqs");
  const s3StorageDir = join(directory, "objects");
  dropUnfinished(s3StorageDir);
  const options = { dataDir: directory, s3StorageDir, host: "127.0.0.1", logger: false };
  const server: FauxqsServer = await startFauxqs({ ...options, port });
  return {
    // An address instead of a name makes SDK clients use path-style URLs.
    endpoint: `http://127.0.0.1:${server.port}`,
    declareBucket: (name) => void server.createBucket(name),
    stop: () => server.stop(),
  };
}
