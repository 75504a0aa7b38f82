import { type RefObject, useRef, useState } from "react";
import { useTexts } from "../i18n";
import { texts } from "./texts";

const LONGEST_REASON = 500;

export interface Reason {
  /** As it was typed. */
  value: string;
  /** What is wrong with it, once it was tried. */
  problem: string | null;
  input: RefObject<HTMLInputElement | null>;
  change(value: string): void;
  /** The reason to send; null where there is none, and then people are told and led to it. */
  demand(): string | null;
  clear(): void;
}

/** A reason as the server takes it: 1 to 500 characters, not blank. */
export function useReason(): Reason {
  const text = useTexts(texts);
  const [value, setValue] = useState("");
  const [tried, setTried] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const over = [...value.trim()].length - LONGEST_REASON;
  const problem = over > 0 ? text.reasonTooLong(over) : value.trim() ? null : text.reasonMissing;
  return {
    value,
    problem: tried ? problem : null,
    input,
    change: setValue,
    demand() {
      setTried(true);
      if (!problem) return value.trim();
      input.current?.focus();
      return null;
    },
    clear() {
      setValue("");
      setTried(false);
    },
  };
}
