import { ConnectionError } from "./api-errors.ts";

/**
 * Fetches what a link of a reply leads to. The link is its own permit: our token stays here.
 *
 * @throws {ConnectionError} it cannot be had.
 */
export async function download(url: string): Promise<string> {
  const remedy = "ask again: links are good for a short time; check that their host can be reached from here";
  try {
    const reply = await fetch(url);
    if (reply.ok) return await reply.text();
    throw new ConnectionError(`the link to the output answered ${reply.status}`, remedy);
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    throw new ConnectionError(`the link to the output leads nowhere (${new URL(url).host})`, remedy, { cause: error });
  }
}
