import { useTexts } from "../i18n";
import { useReadable, useSession } from "../session";
import { Button, VisuallyHidden } from "../ui";
import { texts } from "./texts";

/** How live the page is, in words and by colour. */
export function ConnectionStatus() {
  const text = useTexts(texts);
  const { client } = useSession();
  const state = useReadable(client.connection);
  return (
    <div className="connection" data-state={state}>
      <VisuallyHidden>{text.connection}</VisuallyHidden>
      <span>{text.connections[state]}</span>
      {state === "offline" && (
        <Button look="quiet" onClick={client.retryNow}>
          {text.tryNow}
        </Button>
      )}
    </div>
  );
}
