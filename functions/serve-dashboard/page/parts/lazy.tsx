import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of the page that is fetched when it is first shown; nothing stands in its place until it is there. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element | null {
  let known: ComponentType<Props> | undefined;
  return (props) => {
    const [Part, setPart] = useState(() => known);
    useEffect(() => {
      const fetch = async (): Promise<void> => {
        const loaded = await load();
        known = loaded;
        setPart(() => loaded);
      };
      if (Part === undefined) void fetch();
    }, []);
    return Part === undefined ? null : <Part {...props} />;
  };
}
