import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes what a kill left of writes that nothing was answered to. The server writes an object's content and then the file
 * that describes it, which is empty for a moment; with an empty one it would not start again.
 */
export function dropUnfinished(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const file = join(entry.parentPath, entry.name);
    if (statSync(file).size > 0) continue;
    rmSync(file);
    rmSync(file.replace(/\.meta\.json$/, ".data"), { force: true });
  }
}
