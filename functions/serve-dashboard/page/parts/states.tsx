import type { ComponentChildren, JSX } from "preact";
import type { ApiError } from "../core/api.ts";
import { signOut } from "../core/session.ts";
import type { Loaded } from "../feed/use-load.ts";

/** What will stand here, and how it comes about. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

const REMEDIES: Readonly<Record<number, string>> = {
  0: "Is the orchestrator running? `npm start` brings it up; this page goes on by itself.",
  403: "Your roles do not allow this; sign in as a user who may.",
  404: "It may have been removed, or belong to another tenant.",
  409: "What you saw has changed meanwhile; look again.",
  429: "Too many requests; wait a moment.",
  503: "This passes by itself; try again in a few seconds.",
};

/** What failed, why, and what to do about it. */
export function Problem({ error, again }: { readonly error: ApiError; readonly again?: (() => void) | undefined }): JSX.Element {
  return (
    <div class="problem" role="alert">
      <p class="problem-title">{error.title}</p>
      <p>{error.message}</p>
      <FieldFlaws error={error} />
      <p class="dim">{REMEDIES[error.status] ?? "Report it with the request id, if it stays so."}</p>
      {error.requestId === undefined ? null : <p class="dim">Request id <code>{error.requestId}</code></p>}
      {again === undefined ? null : (
        <p>
          <button type="button" onClick={again}>Try again</button>
          {error.status === 401 || error.status === 403 ? <button type="button" onClick={signOut}>Sign in as another</button> : null}
        </p>
      )}
    </div>
  );
}

/** Flaws of single fields of a request. */
export const FieldFlaws = ({ error }: { readonly error: ApiError }): JSX.Element | null =>
  error.fields.length === 0 ? null : (
    <ul class="flaws">
      {error.fields.map(({ field, message }) => (
        <li key={`${field}${message}`}><code>{field}</code> {message}</li>
      ))}
    </ul>
  );

export const Skeleton = ({ rows = 6 }: { readonly rows?: number }): JSX.Element => (
  <div class="skeletons" role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, row) => (
      <div class="skeleton" key={row} />
    ))}
  </div>
);

/** Shows what was loaded; before that its outline, or why it is not there. Old answers stay, marked as old. */
export function Shown<Value>({ of, rows, children }: {
  readonly of: Loaded<Value>;
  readonly rows?: number;
  readonly children: (value: Value) => ComponentChildren;
}): JSX.Element {
  if (of.value === undefined) {
    return of.error === undefined ? <Skeleton {...(rows === undefined ? {} : { rows })} /> : <Problem error={of.error} again={of.reload} />;
  }
  return (
    <>
      {of.error === undefined ? null : <p class="stale" role="status">Shown as it was: {of.error.message}</p>}
      {children(of.value)}
    </>
  );
}
