import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-headless-shell", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

/** Where a browser lies; none: the tests are skipped, and say so. */
export const browserPath: string | undefined = [process.env["CHROME_PATH"], ...PLACES].find(
  (place): place is string => place !== undefined && existsSync(place),
);

if (browserPath === undefined) {
  const how = "install Debian's package chromium, or name a browser in CHROME_PATH";
  if (process.env["CI"] !== undefined) throw new Error(`no browser: ${how}`);
  console.warn(`the browser tests are skipped: ${how}`);
}

/** How a page is looked at. */
export interface Look {
  readonly theme: "light" | "dark";
  readonly width: number;
}

/** A page that is watched: whatever it complains of is kept. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, uncaught ones, and what the content security policy refused. */
  readonly complaints: string[];
}

/** Starts the browser; everything waits up to 90 s, because a busy machine is slow and not broken. */
export async function launch(): Promise<Browser> {
  if (browserPath === undefined) throw new Error("there is no browser");
  // As root there is no sandbox of its own.
  return chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
}

/** Opens an address of the page, signed in by the token in its fragment unless there is none. */
export async function openPage(browser: Browser, address: string, { theme, width }: Look): Promise<WatchedPage> {
  const viewport = { width, height: width < 760 ? 844 : 800 };
  const context = await browser.newContext({ colorScheme: theme, viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.exposeFunction("reportRefusal", (text: string) => complaints.push(text));
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => reportRefusal('refused by ' + event.violatedDirective + ': ' + event.blockedURI))",
  );
  await page.goto(address);
  return { page, context, complaints };
}
