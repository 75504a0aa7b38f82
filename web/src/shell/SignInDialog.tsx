import { type SubmitEvent, useId, useState } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Button, Dialog, ErrorNote } from "../ui";
import { texts } from "./texts";

/** Where there are no demo users, people come with a token of their own. */
export function SignInDialog({ onClose }: { onClose: () => void }) {
  const text = useTexts(texts);
  const { signIn } = useSession();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const id = useId();

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(token.trim());
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };

  return (
    <Dialog title={text.signIn} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="field">
          <label htmlFor={id}>{text.token}</label>
          <textarea
            id={id}
            className="input token"
            rows={5}
            required
            spellCheck={false}
            autoComplete="off"
            aria-describedby={`${id}-hint`}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
          <p id={`${id}-hint`} className="hint">
            {text.tokenHint}
          </p>
        </div>
        <ErrorNote error={error} words={{ UNAUTHENTICATED: text.tokenRefused }} />
        <div className="dialog-buttons">
          <Button type="submit" look="primary" busy={busy}>
            {text.signIn}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
