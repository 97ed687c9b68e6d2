import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

const AGAIN_MS = 1000;

/** Fetches something that will be there: the orchestrator may be away for a moment. */
export async function insistOn<Value>(load: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      // What a browser throws when a module cannot be fetched; anything else is a defect of the module.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => void setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** A part of the page that is fetched when it is first shown; nothing stands in its place until it is there. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element | null {
  let known: ComponentType<Props> | undefined;
  return (props) => {
    const [Part, setPart] = useState(() => known);
    useEffect(() => {
      const fetch = async (): Promise<void> => {
        const loaded = await insistOn(load);
        known = loaded;
        setPart(() => loaded);
      };
      if (Part === undefined) void fetch();
    }, []);
    return Part === undefined ? null : <Part {...props} />;
  };
}
