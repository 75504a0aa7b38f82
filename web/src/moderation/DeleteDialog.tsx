import type { VideoCard } from "@reelgraph/client";
import { DeleteVideosDocument } from "@reelgraph/client/documents";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, Dialog, ErrorNote, useToast } from "../ui";
import { texts } from "./texts";
import { useUndo } from "./useUndo";

interface DeleteDialogProps {
  videos: readonly VideoCard[];
  reason: string;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks whether to delete these videos, deletes them, and offers to take it back. */
export function DeleteDialog({ videos, reason, onClose, onDeleted }: DeleteDialogProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const undo = useUndo();
  const [{ error, fetching }, deleteVideos] = useMutation(DeleteVideosDocument);

  const confirm = async () => {
    const { data } = await deleteVideos({ ids: videos.map(({ id }) => id), reason });
    if (!data?.deleteVideos) return;
    const { deletedCount, results } = data.deleteVideos;
    const deleted = results.filter(({ status }) => status === "DELETED").map(({ id }) => id);
    const message = text.deleted(formatNumber(deletedCount, language));
    toast(
      deleted.length > 0
        ? { text: message, action: { label: text.undo, run: () => undo(deleted) } }
        : { text: message },
    );
    onDeleted();
  };

  return (
    <Dialog title={text.confirmTitle(formatNumber(videos.length, language))} onClose={onClose}>
      <div className="stack">
        <ul className="doomed">
          {videos.map(({ id, title }) => (
            <li key={id}>{title}</li>
          ))}
        </ul>
        <p>{text.confirmReason(reason)}</p>
        <p className="hint">{text.confirmUndo}</p>
        <ErrorNote error={error} />
        <div className="dialog-buttons">
          <Button onClick={onClose}>{text.back}</Button>
          <Button look="danger" busy={fetching} onClick={confirm}>
            {text.confirm}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
