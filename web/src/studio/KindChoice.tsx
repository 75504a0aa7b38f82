import type { AIJobKind } from "@reelgraph/client";
import { useId } from "react";
import { useLanguage, useTexts } from "../i18n";
import { COSTS, costText, KINDS } from "./jobs";
import { texts } from "./texts";

interface KindChoiceProps {
  chosen: AIJobKind;
  onChoose: (kind: AIJobKind) => void;
}

/** What there is to start, each with its cost. */
export function KindChoice({ chosen, onChoose }: KindChoiceProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const name = useId();
  return (
    <fieldset className="field">
      <legend>{text.kind}</legend>
      <div className="kinds">
        {KINDS.map((kind) => (
          <label key={kind} className="kind">
            <input type="radio" name={name} checked={kind === chosen} onChange={() => onChoose(kind)} />
            <span>{text.kinds[kind]}</span>
            <span className="hint">{costText(COSTS[kind], text, language)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
