import type { Person } from "@reelgraph/client";
import { useTexts } from "../i18n";
import { Button, Select, SelectAll, useSelection } from "../ui";
import { texts } from "./texts";

interface PeopleProps {
  people: readonly Person[];
  /** What can be done: as the button beside a person says it, with the name for screen readers, and for those selected. */
  action: { label: string; named: (name: string) => string; selected: (count: number) => string };
  busy: boolean;
  onAct: (ids: readonly string[]) => void;
}

/** A list of people with one thing that can be done, with one of them or with all that are selected. */
export function People({ people, action, busy, onAct }: PeopleProps) {
  const text = useTexts(texts);
  const selection = useSelection(people.map(({ id }) => id));
  return (
    <>
      <div className="bar">
        <SelectAll selection={selection} label={text.selectAll} />
        <Button busy={busy} disabled={selection.selected.length === 0} onClick={() => onAct(selection.selected)}>
          {action.selected(selection.selected.length)}
        </Button>
      </div>
      <ul className="people">
        {people.map(({ id, handle, displayName }) => (
          <li key={id} className="person">
            <Select selection={selection} id={id} label={text.select(`@${handle}`)} />
            <p className="person-name">
              {displayName} <span className="hint">@{handle}</span>
            </p>
            <Button look="quiet" aria-label={action.named(`@${handle}`)} busy={busy} onClick={() => onAct([id])}>
              {action.label}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
