import { present } from "../../core/present.ts";
import type { Members } from "../pattern.ts";

/** The role that plays a part which one role plays. */
export const only = (members: Members, part: string): string => present(present(members[part])[0]);

/** The roles that play a part; none where nobody does. */
export const all = (members: Members, part: string): readonly string[] => members[part] ?? [];
