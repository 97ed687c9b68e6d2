import type { JSX } from "preact";

/** Line icons of 20 × 20, by what they stand for. */
const PATHS = {
  brand: "M4 4h5v5H4zM12 12h5v5h-5zM6.5 9v5.5H12",
  overview: "M3.5 9.5 10 4l6.500 5.500M5.500 8.500V16h9V8.500M8.500 16v-4h3v4",
  executions: "M3 5h9M3 10h13M3 15h7M15 3.500v3M13 13.500v3",
  workflows: "M3 8h4v4H3zM13 3h4v4h-4zM13 13h4v4h-4zM7 10h3m3-5h-3v10h3",
  agents: "M5 8h10v8H5zM10 8V4.500M8 11.500v1M12 11.500v1M3 11v2.500M17 11v2.500",
  queues: "M3 5h14M3 10h14M3 15h9",
  inbox: "M3.500 11 5.500 4h9l2 7v5h-13zM3.500 11H7.500l1 2h3l1-2h4",
  editor: "M4 16l.8-3.400L13 4.400l2.600 2.600L7.400 15.200zM11.500 6l2.500 2.500",
  search: "M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zM12.700 12.700 16.500 16.500",
  sun: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10 2.500v1.500M10 16v1.500M2.500 10H4M16 10h1.500M4.700 4.700l1 1M14.300 14.300l1 1M4.700 15.300l1-1M14.300 5.700l1-1",
  moon: "M15.500 11.500A6.500 6.500 0 0 1 8.500 4.500a6 6 0 1 0 7 7z",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 7h9v9H7zM4 13V4h9",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4",
  link: "M8.500 11.500l3-3M7.500 9.500 5.500 11.500a2.500 2.500 0 0 0 3.500 3.500l2-2M12.500 10.500l2-2A2.500 2.500 0 0 0 11 5l-2 2",
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to screen readers: its button or link has a name. */
export const Icon = ({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): JSX.Element => (
  <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
