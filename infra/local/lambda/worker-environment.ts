import { AsyncLocalStorage } from "node:async_hooks";
import { LogFile } from "./log-file.ts";
import type { FunctionDefinition } from "./protocol.ts";

/** The function on whose behalf code runs. */
interface Scope {
  readonly environment: Record<string, string>;
  readonly log: LogFile;
}

const scopes = new AsyncLocalStorage<Scope>();

/**
 * Lets many functions share one thread: `process.env` and the standard streams belong to the function whose call is on
 * the (asynchronous) stack, as if each had a process of its own.
 */
export function installScopes(): void {
  const real: NodeJS.ProcessEnv = process.env;
  const current = (): NodeJS.ProcessEnv => scopes.getStore()?.environment ?? real;
  process.env = new Proxy(real, {
    get: (_, key) => Reflect.get(current(), key),
    set: (_, key, value) => Reflect.set(current(), key, String(value)),
    has: (_, key) => Reflect.has(current(), key),
    deleteProperty: (_, key) => Reflect.deleteProperty(current(), key),
    ownKeys: () => Reflect.ownKeys(current()),
    getOwnPropertyDescriptor: (_, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(current(), key);
      // A proxy must not report a fixed property that its target lacks.
      return descriptor && { ...descriptor, configurable: true };
    },
  });
  for (const stream of [process.stdout, process.stderr]) captureStream(stream);
}

/** Makes the scope of a function; all its calls share it. */
export function createScope(definition: FunctionDefinition): <Result>(run: () => Result) => Result {
  const scope = { environment: { ...definition.environment }, log: new LogFile(definition.logFile) };
  return (run) => scopes.run(scope, run);
}

function captureStream(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const scope = scopes.getStore();
    if (scope === undefined) return write(chunk);
    scope.log.append(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(() => done());
    return true;
  };
}
