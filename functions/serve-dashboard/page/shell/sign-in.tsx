import type { JSX } from "preact";
import { signIn } from "../core/session.ts";

/** Asks for a token. */
export function SignIn({ isExpired }: { readonly isExpired: boolean }): JSX.Element {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const given = new FormData(event.currentTarget).get("token");
    if (typeof given === "string" && given.trim() !== "") signIn(given.trim().replace(/^Bearer\s+/i, ""));
  };
  // Behind the question for a new token the page stays as it is, main part and all.
  const Frame = isExpired ? "section" : "main";
  return (
    <Frame class="sign-in" aria-label="Sign in">
      <form class="panel" onSubmit={submit}>
        <h1>{isExpired ? "Your token is no longer valid" : "Sign in"}</h1>
        <p>
          {isExpired
            ? "Nothing that you entered is lost: sign in again and go on where you were."
            : "Open the address that npm start prints under “Page”: it carries a token. Or paste one here."}
        </p>
        <div class="field">
          <label for="token">Token</label>
          <input id="token" name="token" type="password" autocomplete="off" required spellcheck={false} />
        </div>
        <p class="hint">It is kept in this tab alone, until you close it.</p>
        <button type="submit" class="primary">Sign in</button>
      </form>
    </Frame>
  );
}
