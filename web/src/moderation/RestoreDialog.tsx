import { RestoreVideosDocument } from "@reelgraph/client/documents";
import type { SubmitEvent } from "react";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, Dialog, ErrorNote, ReasonField, useReason, useToast } from "../ui";
import { texts } from "./texts";

interface RestoreDialogProps {
  videoId: string;
  onClose: () => void;
  onRestored: () => void;
}

/** Puts a deleted video back, for a reason. */
export function RestoreDialog({ videoId, onClose, onRestored }: RestoreDialogProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const reason = useReason();
  const [{ error, fetching }, restoreVideos] = useMutation(RestoreVideosDocument);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const why = reason.demand();
    if (why === null) return;
    const { data } = await restoreVideos({ ids: [videoId], reason: why });
    if (!data?.restoreVideos) return;
    toast({ text: text.restored(formatNumber(data.restoreVideos.restoredCount, language)) });
    onRestored();
  };

  return (
    <Dialog title={text.restoreTitle} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <ReasonField reason={reason} label={text.reason} hint={text.reasonHint} suggestions={text.restoreSuggestions} />
        <ErrorNote error={error} />
        <div className="dialog-buttons">
          <Button onClick={onClose}>{text.back}</Button>
          <Button type="submit" look="primary" busy={fetching}>
            {text.restoreConfirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
