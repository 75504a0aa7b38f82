import type { Person } from "@reelgraph/client";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, Select, SelectAll, useSelection } from "../ui";
import { texts } from "./texts";

/** What can be done with people, as buttons say it. */
export interface PeopleAction {
  /** Beside a person. */
  label: string;
  /** The same with the person's name, for screen readers. */
  named: (name: string) => string;
  /** For all that are selected. */
  selected: (count: string) => string;
}

interface PeopleProps {
  people: readonly Person[];
  action: PeopleAction;
  busy: boolean;
  onAct: (ids: readonly string[]) => void;
}

/** A list of people with one thing that can be done, with one of them or with all that are selected. */
export function People({ people, action, busy, onAct }: PeopleProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const selection = useSelection(people.map(({ id }) => id));
  return (
    <>
      <div className="bar">
        <SelectAll selection={selection} label={text.selectAll} />
        <Button busy={busy} disabled={selection.selected.length === 0} onClick={() => onAct(selection.selected)}>
          {action.selected(formatNumber(selection.selected.length, language))}
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
