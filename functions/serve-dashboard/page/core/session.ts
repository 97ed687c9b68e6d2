import { signal } from "@preact/signals";

const KEY = "a2a.token";

/** The token that requests carry; none: the user is not signed in. */
export const token = signal<string | undefined>(undefined);

/** Set once the API refused the token: what was open stays as it is behind the question for a new one. */
export const isExpired = signal(false);

/**
 * Takes the token of the address (`…/ui/#token=…`) out of it before anything is asked of anybody. It is kept for this tab
 * alone, until the tab is closed.
 */
export function openSession(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  if (given !== null && given !== "") signIn(given);
  else token.value = sessionStorage.getItem(KEY) ?? undefined;
}

export function signIn(given: string): void {
  sessionStorage.setItem(KEY, given);
  token.value = given;
  isExpired.value = false;
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  token.value = undefined;
  isExpired.value = false;
}

/** The API does not take the token any more. */
export function expire(): void {
  sessionStorage.removeItem(KEY);
  isExpired.value = true;
}
