import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Styles a text, or leaves it as it is where styles would be noise. */
export type Paint = (style: Style, text: string) => string;

/** No styles at all. */
export const plain: Paint = (_, text) => text;

/** Where text goes: a terminal when `isTTY`. */
export type Output = Pick<WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>;

/** Styles for terminals; none for pipes and files, none with NO_COLOR (no-color.org) or a dumb terminal. */
export function paintFor(output: Output, env: NodeJS.ProcessEnv): Paint {
  const isPlain = output.isTTY !== true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return isPlain ? plain : (style, text) => styleText(style, text, { validateStream: false });
}
