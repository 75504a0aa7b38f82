import "./blocks.css";
import { useTexts } from "../i18n";
import { Page } from "../ui";
import { Authors } from "./Authors";
import { Blocked } from "./Blocked";
import { texts } from "./texts";

/** Whom one has blocked, and whom one could. */
export function BlocksPage() {
  const text = useTexts(texts);
  return (
    <Page title={text.title}>
      <p className="hint">{text.explain}</p>
      <div className="blocks">
        <Blocked />
        <Authors />
      </div>
    </Page>
  );
}
