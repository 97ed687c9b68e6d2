import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
const base="/work/wt/engine/test/";
const { anyCommand } = await import(base+"contract/dynamodb/commands.ts");
const { clear, createTables, observe } = await import(base+"contract/dynamodb/second-opinion.ts");
const { startDynamoServer } = await import(base+"fixtures/runtime/dynamo-server.ts");
const { startDynoxide } = await import(base+"fixtures/runtime/dynoxide.ts");
const { startDynamoDbLocal } = await import(base+"deployed/emulators/dynamodb-local.ts");
const which = process.argv[2]; const runs = Number(process.argv[3] ?? 200); const seed = Number(process.argv[4] ?? Date.now() % 1e6);
const ours = await startDynamoServer();
const local = which === "local" ? await startDynamoDbLocal() : undefined;
const other = local ? { endpoint: local.endpoint, stop: () => local[Symbol.asyncDispose]() } : await startDynoxide();
await createTables(ours.endpoint); await createTables(other.endpoint);
let seen = 0;
try {
  await fc.assert(fc.asyncProperty(fc.array(anyCommand, { minLength: 1, maxLength: 12 }), async (commands) => {
    await clear(ours.endpoint); await clear(other.endpoint);
    for (const c of commands) { seen++;
      const [a, b] = [await observe(ours.endpoint, c), await observe(other.endpoint, c)];
      if (!isDeepStrictEqual(a, b)) throw new Error(JSON.stringify(c) + "\nours:   " + JSON.stringify(a) + "\nother:  " + JSON.stringify(b));
    }
  }), { numRuns: runs, seed, verbose: 0 });
  console.log(which, "agree", seen, "seed", seed);
} catch (e) { console.log(which, String(e.message).slice(0, 3000)); console.log(which, String(e.cause?.message ?? "").slice(0, 3000)); }
await ours.stop(); await other.stop(); process.exit(0);
