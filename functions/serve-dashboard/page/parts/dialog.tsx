import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { ApiError } from "../core/api.ts";
import { Icon } from "./icons.tsx";
import { FieldFlaws } from "./states.tsx";

/** A window above the page; Escape and a click beside it close it. */
export function Dialog({ title, close, children, wide = false }: {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const onClick = (event: MouseEvent): void => {
    if (event.target === dialog.current) close();
  };
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-label={title} onClose={close} onClick={onClick}>
      <div class="dialog">
        <header>
          <h2>{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={close}><Icon name="close" /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** What to do, what it means, and what has to be known for it. */
export interface Act {
  readonly title: string;
  /** Says what will happen. */
  readonly explains: ComponentChildren;
  readonly button: string;
  readonly isDangerous?: boolean;
  /** `required`: who does it says why. @default "optional" */
  readonly reason?: "required" | "optional" | "none";
  /** Fields beside the reason. */
  readonly fields?: readonly Field[];
  readonly run: (values: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly done?: () => void;
  /** What is said once it is done. */
  readonly says?: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind?: "text" | "number" | "area" | "json" | "check" | "choice";
  readonly choices?: readonly (readonly [value: string, label: string])[];
  readonly value?: string;
  readonly hint?: string;
  readonly isRequired?: boolean;
}

const current = signal<Act | undefined>(undefined);
/** Said to everybody, aloud to those who listen. */
export const notice = signal("");

/** Asks before something is done. */
export const propose = (act: Act): void => void (current.value = act);

export function say(text: string): void {
  notice.value = text;
  setTimeout(() => {
    if (notice.value === text) notice.value = "";
  }, 4000);
}

/** The act that is proposed, if any. */
export function Proposal(): JSX.Element | null {
  const act = current.value;
  return act === undefined ? null : <ActDialog key={act.title} act={act} close={() => (current.value = undefined)} />;
}

function ActDialog({ act, close }: { readonly act: Act; readonly close: () => void }): JSX.Element {
  const [error, setError] = useState<ApiError | Error | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const { reason = "optional" } = act;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const data = [...new FormData(event.currentTarget)].map(([name, value]) => [name, typeof value === "string" ? value : ""]);
    setBusy(true);
    setError(undefined);
    try {
      await act.run(Object.fromEntries(data));
      act.done?.();
      say(act.says ?? "Done");
      close();
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
      setBusy(false);
    }
  };
  return (
    <Dialog title={act.title} close={close}>
      <form onSubmit={submit}>
        <div class="explains">{act.explains}</div>
        {(act.fields ?? []).map((field) => <FieldInput key={field.name} field={field} />)}
        {reason === "none" ? null : (
          <FieldInput field={{ name: "reason", label: reason === "required" ? "Reason" : "Reason (optional)", isRequired: reason === "required", hint: "It stays on record." }} />
        )}
        {error === undefined ? null : <Refusal error={error} />}
        <footer>
          <button type="button" onClick={close}>Leave it</button>
          <button type="submit" class={act.isDangerous === true ? "danger solid" : "primary"} disabled={isBusy}>{isBusy ? "Working …" : act.button}</button>
        </footer>
      </form>
    </Dialog>
  );
}

const Refusal = ({ error }: { readonly error: ApiError | Error }): JSX.Element => (
  <div class="problem" role="alert">
    <p>{error.message}</p>
    {error instanceof ApiError ? <FieldFlaws error={error} /> : null}
  </div>
);

/** A labelled input. */
export function FieldInput({ field }: { readonly field: Field }): JSX.Element {
  const { name, label, kind = "text", value = "", hint, isRequired = false, choices = [] } = field;
  const id = `field-${name}`;
  const hintId = hint === undefined ? {} : { "aria-describedby": `${id}-hint` };
  const common = { id, name, required: isRequired, ...hintId };
  if (kind === "check") {
    return <label class="check"><input type="checkbox" name={name} value="yes" defaultChecked={value === "yes"} /> {label}</label>;
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {kind === "area" || kind === "json" ? (
        <textarea {...common} rows={kind === "json" ? 10 : 3} class={kind === "json" ? "code" : ""} spellcheck={kind !== "json"} defaultValue={value} />
      ) : kind === "choice" ? (
        <select {...common}>{choices.map(([one, text]) => <option key={one} value={one} selected={one === value}>{text}</option>)}</select>
      ) : (
        <input {...common} type="text" inputMode={kind === "number" ? "decimal" : "text"} defaultValue={value} />
      )}
      {hint === undefined ? null : <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/** Reads JSON that a person wrote. @throws {Error} it does not parse; says where. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : "it does not parse"}`, { cause: error });
  }
}
