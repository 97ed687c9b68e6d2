import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../core/api.ts";
import { type Act, type Field, proposed, say } from "./act.ts";
import { Dialog } from "./dialog.tsx";
import { FieldFlaws } from "./states.tsx";

/** The act that is proposed, if any. */
export function Proposal(): JSX.Element | null {
  const act = proposed.value;
  return act === undefined ? null : <ActDialog key={act.title} act={act} close={() => (proposed.value = undefined)} />;
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
      <form onSubmit={(event) => void submit(event)}>
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
