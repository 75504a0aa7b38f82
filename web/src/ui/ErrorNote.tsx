import { useRef } from "react";
import { useTexts } from "../i18n";
import { Button } from "./Button";
import { failureOf } from "./failure";
import { useHandOver } from "./focus";
import { texts } from "./texts";

interface ErrorNoteProps {
  /** A ReelgraphError or urql's CombinedError; nothing is shown where there is none. */
  error: unknown;
  /** What to say of some codes in place of the usual, where more is known of what went wrong. */
  words?: Readonly<Record<string, string>>;
  /** Offers to try again. */
  onRetry?: () => void;
}

/** Tells people what went wrong, in their language, and tells it to screen readers at once. */
export function ErrorNote(props: ErrorNoteProps) {
  return props.error ? <Note {...props} /> : null;
}

function Note({ error, words = {}, onRetry }: ErrorNoteProps) {
  const text = useTexts(texts);
  const errorText = useErrorText();
  const note = useRef<HTMLDivElement>(null);
  useHandOver(note);
  const { code, requestId } = failureOf(error);
  return (
    <div ref={note} className="error-note" role="alert">
      <p>{words[code] ?? errorText(error)}</p>
      {requestId && <p className="error-note-id">{text.requestId(requestId)}</p>}
      {onRetry && <Button onClick={onRetry}>{text.tryAgain}</Button>}
    </div>
  );
}

/** What people are told of an error, for where an ErrorNote does not fit. */
export function useErrorText(): (error: unknown) => string {
  const text = useTexts(texts);
  return (error) => {
    const { code, retryAfter } = failureOf(error);
    if (code === "RATE_LIMITED" && retryAfter) return text.rateLimited(retryAfter);
    const known: Readonly<Record<string, string>> = text.errors;
    return known[code] ?? text.errors.other;
  };
}
