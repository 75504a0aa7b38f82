import { ReportVideosDocument } from "@reelgraph/client/documents";
import { type SubmitEvent, useState } from "react";
import { useMutation } from "urql";
import { useTexts } from "../i18n";
import { Button, Dialog, ErrorNote, ReasonField, useReason, useToast } from "../ui";
import { texts } from "./texts";

type Choice = keyof typeof texts.en.reasons;

const CHOICES: readonly Choice[] = ["spam", "violence", "hate", "rights", "other"];

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
  const [choice, setChoice] = useState<Choice>("spam");
  const words = useReason();
  const [{ error, fetching }, report] = useMutation(ReportVideosDocument);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = choice === "other" ? words.demand() : text.reasons[choice];
    if (reason === null) return;
    const { data } = await report({ ids: [id], reason });
    if (!data?.reportVideos) return;
    toast({ text: data.reportVideos.reportedCount > 0 ? text.sent : text.sentBefore });
    onClose();
  };

  return (
    <Dialog title={text.reportTitle} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <p>{text.reportHint(title)}</p>
        <fieldset className="field">
          <legend>{text.reason}</legend>
          {CHOICES.map((known) => (
            <label key={known} className="choice">
              <input type="radio" name="reason" checked={choice === known} onChange={() => setChoice(known)} />
              {text.reasons[known]}
            </label>
          ))}
        </fieldset>
        {choice === "other" && <ReasonField reason={words} label={text.words} hint={text.wordsHint} />}
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
