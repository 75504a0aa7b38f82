import type { Selection } from "./useSelection";

interface SelectProps {
  selection: Selection;
  id: string;
  /** What is selected by it, for screen readers. */
  label: string;
}

/** The checkbox of one thing in a list. */
export function Select({ selection, id, label }: SelectProps) {
  const checked = selection.has(id);
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      disabled={selection.full && !checked}
      onChange={() => selection.toggle(id)}
    />
  );
}

/** The checkbox above a list, for all that is in it. */
export function SelectAll({ selection, label }: { selection: Selection; label: string }) {
  const some = selection.selected.length > 0 && !selection.all;
  return (
    <label className="select-all">
      <input
        type="checkbox"
        checked={selection.all}
        ref={(box) => {
          if (box) box.indeterminate = some;
        }}
        onChange={selection.toggleAll}
      />
      {label}
    </label>
  );
}
