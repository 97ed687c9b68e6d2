import type { ComponentChildren, JSX } from "preact";

interface RowProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

/** One line of a list of facts. */
export const Row = ({ name, children }: RowProps): JSX.Element => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);
