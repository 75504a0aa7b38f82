import { useState } from "react";

/** How many ids the server takes in one request. */
const MOST = 100;

export interface Selection {
  /** The ids selected, in the order in which they are shown. */
  selected: readonly string[];
  /** Whether no more can be selected, since one request takes no more. */
  full: boolean;
  /** Whether all are, or as many as can be. */
  all: boolean;
  has(id: string): boolean;
  toggle(id: string): void;
  /** Selects all that can be, or none where they are. */
  toggleAll(): void;
  clear(): void;
}

/** Which of the things shown are selected. What is shown no longer is selected no longer. */
export function useSelection(shown: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const selected = shown.filter((id) => chosen.has(id)).slice(0, MOST);
  const all = selected.length > 0 && selected.length === Math.min(shown.length, MOST);
  return {
    selected,
    full: selected.length === MOST,
    all,
    has: (id) => selected.includes(id),
    toggle: (id) =>
      setChosen(new Set(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])),
    toggleAll: () => setChosen(new Set(all ? [] : shown.slice(0, MOST))),
    clear: () => setChosen(new Set()),
  };
}
