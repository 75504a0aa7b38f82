import { ReportVideosDocument } from "@reelgraph/client/documents";
import { type SubmitEvent, useId, useState } from "react";
import { useMutation } from "urql";
import { useTexts } from "../i18n";
import { Button, Dialog, ErrorNote, useToast } from "../ui";
import { texts } from "./texts";

type Reason = keyof typeof texts.en.reasons;

const REASONS: readonly Reason[] = ["spam", "violence", "hate", "rights", "other"];

/** The server takes reasons of up to 500 characters. */
const MAX_REASON = 500;

interface ReportDialogProps {
  /** Of the video. */
  id: string;
  title: string;
  onClose: () => void;
}

/** Tells the moderators of a video, and why. */
export function ReportDialog({ id, title, onClose }: ReportDialogProps) {
  const text = useTexts(texts);
  const toast = useToast();
  const [reason, setReason] = useState<Reason>("spam");
  const [words, setWords] = useState("");
  const [{ error, fetching }, report] = useMutation(ReportVideosDocument);
  const wordsId = useId();

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { data } = await report({ ids: [id], reason: reason === "other" ? words.trim() : text.reasons[reason] });
    if (!data?.reportVideos) return;
    toast({ text: data.reportVideos.reportedCount > 0 ? text.sent : text.sentBefore });
    onClose();
  };

  return (
    <Dialog title={text.reportTitle} onClose={onClose}>
      <form onSubmit={submit}>
        <p>{text.reportHint(title)}</p>
        <fieldset className="field">
          <legend>{text.reason}</legend>
          {REASONS.map((known) => (
            <label key={known} className="choice">
              <input type="radio" name="reason" checked={reason === known} onChange={() => setReason(known)} />
              {text.reasons[known]}
            </label>
          ))}
        </fieldset>
        {reason === "other" && (
          <div className="field">
            <label htmlFor={wordsId}>{text.words}</label>
            <textarea
              id={wordsId}
              className="input"
              rows={3}
              required
              maxLength={MAX_REASON}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        )}
        <ErrorNote error={error} />
        <div className="dialog-buttons">
          <Button type="submit" look="primary" busy={fetching}>
            {text.send}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
