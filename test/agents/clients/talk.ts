/** How the clients are told what to do, and say what came of it: one JSON object a line, either way. */
import { createInterface } from "node:readline";
import * as z from "zod";

const Push = z.object({ id: z.string().optional(), url: z.string(), token: z.string() });
const Wish = z.object({
  id: z.int(),
  do: z.string(),
  text: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  skill: z.string().optional(),
  task: z.string().default(""),
  context: z.string().optional(),
  immediately: z.boolean().optional(),
  history: z.int().optional(),
  push: Push.optional(),
  config: z.string().default(""),
});
/** What a client is to do. */
export type Wish = z.infer<typeof Wish>;

/** What a client can do, by name: what it hears in answer. */
export type Operations = Readonly<Record<string, (wish: Wish) => AsyncGenerator<unknown, void, undefined>>>;

export const { A2A_URL: URL, A2A_TOKEN: TOKEN } = z
  .object({ A2A_URL: z.string(), A2A_TOKEN: z.string() })
  .parse(process.env);

const tell = (said: object): void => console.log(JSON.stringify(said));

/** An operation with one answer. */
export const told = (call: (wish: Wish) => Promise<unknown>): Operations[string] =>
  async function* answered(wish) {
    yield (await call(wish)) ?? {};
  };

/** Shows the token with each call. */
export const authentication = {
  headers: () => Promise.resolve({ authorization: `Bearer ${TOKEN}` }),
  shouldRetryWithHeaders: () => Promise.resolve(undefined),
};

async function perform(operations: Operations, wish: Wish): Promise<void> {
  const { id } = wish;
  try {
    const operation = operations[wish.do];
    if (operation === undefined) throw new Error(`this client has no operation ${wish.do}`);
    for await (const heard of operation(wish)) tell({ id, heard });
    tell({ id, done: true });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ id, failed: { name: error instanceof Error ? error.constructor.name : name, message } });
  }
}

/** Performs what is asked for, side by side, until there is no more. */
export async function serve(operations: Operations): Promise<void> {
  tell({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    void perform(operations, Wish.parse(JSON.parse(line)));
  }
}
