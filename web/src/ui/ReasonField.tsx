import { useId } from "react";
import type { Reason } from "./useReason";

interface ReasonFieldProps {
  reason: Reason;
  label: string;
  hint: string;
  suggestions?: readonly string[];
}

/** Where people say why. */
export function ReasonField({ reason, label, hint, suggestions = [] }: ReasonFieldProps) {
  const id = useId();
  const listId = suggestions.length > 0 ? `${id}-suggestions` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        ref={reason.input}
        id={id}
        className="input"
        list={listId}
        autoComplete="off"
        required
        aria-invalid={reason.problem !== null}
        aria-describedby={reason.problem ? `${id}-problem ${id}-hint` : `${id}-hint`}
        value={reason.value}
        onChange={(event) => reason.change(event.target.value)}
      />
      {listId && (
        <datalist id={listId}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
      {reason.problem && (
        <p id={`${id}-problem`} className="field-error">
          {reason.problem}
        </p>
      )}
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
    </div>
  );
}
