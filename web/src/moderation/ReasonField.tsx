import { useId } from "react";
import { useTexts } from "../i18n";
import { texts } from "./texts";
import type { Reason } from "./useReason";

/** Where a moderator says why, with suggestions. */
export function ReasonField({ reason, suggestions }: { reason: Reason; suggestions: readonly string[] }) {
  const text = useTexts(texts);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{text.reason}</label>
      <input
        ref={reason.input}
        id={id}
        className="input"
        list={`${id}-suggestions`}
        autoComplete="off"
        required
        aria-invalid={reason.problem !== null}
        aria-describedby={reason.problem ? `${id}-problem ${id}-hint` : `${id}-hint`}
        value={reason.value}
        onChange={(event) => reason.change(event.target.value)}
      />
      <datalist id={`${id}-suggestions`}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
      {reason.problem && (
        <p id={`${id}-problem`} className="field-error">
          {reason.problem}
        </p>
      )}
      <p id={`${id}-hint`} className="hint">
        {text.reasonHint}
      </p>
    </div>
  );
}
