import { type SubmitEvent, useId, useState } from "react";
import { useTexts } from "../i18n";
import { Button } from "../ui";
import { texts } from "./texts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface LogFilterProps {
  /** The video whose lines are shown; null for all. */
  videoId: string | null;
  onFilter: (videoId: string | null) => void;
}

/** Chooses the video whose lines are shown, by its id. */
export function LogFilter({ videoId, onFilter }: LogFilterProps) {
  const text = useTexts(texts);
  const id = useId();
  const [value, setValue] = useState(videoId ?? "");
  const [invalid, setInvalid] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = value.trim();
    const usable = wanted === "" || UUID.test(wanted);
    setInvalid(!usable);
    if (usable) onFilter(wanted.toLowerCase() || null);
  };
  return (
    <form className="field log-filter" noValidate onSubmit={submit}>
      <label htmlFor={id}>{text.filter}</label>
      <div className="bar">
        <input
          id={id}
          className="input"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={invalid}
          aria-describedby={invalid ? `${id}-problem ${id}-hint` : `${id}-hint`}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button type="submit">{text.filterApply}</Button>
        {videoId && <Button onClick={() => onFilter(null)}>{text.filterClear}</Button>}
      </div>
      {invalid && (
        <p id={`${id}-problem`} className="field-error" role="alert">
          {text.filterInvalid}
        </p>
      )}
      <p id={`${id}-hint`} className="hint">
        {text.filterHint}
      </p>
    </form>
  );
}
