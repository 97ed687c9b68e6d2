import type { JSX } from "preact";

/** Line icons of 20 × 20, by what they stand for. */
const PATHS = {
  brand: "M4 4h5v5H4zM12 12h5v5h-5zM6.5 9v5.5H12",
  overview: "M3.5 9.5 10 4l6.5 5.5M5.5 8.5V16h9V8.5M8.5 16v-4h3v4",
  executions: "M3 5h9M3 10h13M3 15h7M15 3.5v3M13 13.5v3",
  workflows: "M3 8h4v4H3zM13 3h4v4h-4zM13 13h4v4h-4zM7 10h3m3-5h-3v10h3",
  agents: "M5 8h10v8H5zM10 8V4.5M8 11.5v1M12 11.5v1M3 11v2.5M17 11v2.5",
  queues: "M3 5h14M3 10h14M3 15h9",
  inbox: "M3.5 11 5.5 4h9l2 7v5h-13zM3.5 11H7.5l1 2h3l1-2h4",
  incidents: "M3 16h14L10 4zM10 9v3",
  editor: "M4 16l.8-3.4L13 4.4l2.6 2.6L7.4 15.2zM11.5 6l2.5 2.5",
  search: "M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zM12.7 12.7 16.5 16.5",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  moon: "M15.5 11.5A6.5 6.5 0 0 1 8.5 4.5a6 6 0 1 0 7 7z",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 7h9v9H7zM4 13V4h9",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4",
  link: "M8.5 11.5l3-3M7.5 9.5 5.5 11.5a2.5 2.5 0 0 0 3.5 3.5l2-2M12.5 10.5l2-2A2.5 2.5 0 0 0 11 5l-2 2",
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to screen readers: its button or link has a name. */
export const Icon = ({ name, size = 20 }: { readonly name: IconName; readonly size?: number }): JSX.Element => (
  <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
