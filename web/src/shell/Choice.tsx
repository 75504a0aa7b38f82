import { type ReactNode, useId } from "react";

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  /** Options whose values are all T. */
  children: ReactNode;
}

/** One of a few, chosen from a list. */
export function Choice<T extends string>({ label, value, onChange, children }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value as T)}>
        {children}
      </select>
    </div>
  );
}
