import { render } from "preact";
import { followTheme } from "./canvas/palette.ts";
import { followLinks } from "./core/address.ts";
import { openSession } from "./core/session.ts";
import { startClock } from "./feed/clock.ts";
import { startKeys } from "./shell/keys.ts";
import { Shell } from "./shell/shell.tsx";

openSession();
// The address of a new start, opened where the page is open already, changes nothing but the fragment.
addEventListener("hashchange", openSession);
followLinks();
followTheme();
startClock();
startKeys();

const root = document.getElementById("page");
if (root === null) throw new Error("the frame of the page has no element 'page'");
render(<Shell />, root);
