/** Gates at which `gated` work waits until a test opens them: order by what happened, not by how long it should take. */
const open = new Set<string>();
const waiting = new Map<string, (() => void)[]>();

/** Resolves once the gate is open. */
export function passGate(name: string): Promise<void> {
  if (open.has(name)) return Promise.resolve();
  return new Promise((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve]));
}

/** `PUT` opens a gate, for those that wait and those that come; `DELETE` shuts it again. `false`: it is neither. */
export function operateGate(method: string | undefined, name: string): boolean {
  if (method === "DELETE") open.delete(name);
  else if (method !== "PUT") return false;
  else {
    open.add(name);
    for (const pass of waiting.get(name) ?? []) pass();
    waiting.delete(name);
  }
  return true;
}
