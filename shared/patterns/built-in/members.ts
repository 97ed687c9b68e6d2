import { present } from "../../core/present.ts";
import type { Members } from "../pattern.ts";

/** The roles that play a part; none where nobody does. A plan names every part. */
export const all = (members: Members, part: string): readonly string[] => present(members[part]);

/** The role that plays a part which one role plays. */
export const only = (members: Members, part: string): string => present(all(members, part)[0]);
