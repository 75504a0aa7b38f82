import { RestoreVideosDocument } from "@reelgraph/client/documents";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useErrorText, useToast } from "../ui";
import { texts } from "./texts";

/** Puts videos back that were deleted just now, and says so. */
export function useUndo(): (ids: readonly string[]) => Promise<void> {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const errorText = useErrorText();
  const [, restoreVideos] = useMutation(RestoreVideosDocument);
  const undo = async (ids: readonly string[]) => {
    const { data, error } = await restoreVideos({ ids, reason: text.undoReason });
    if (error) toast({ text: errorText(error), action: { label: text.undo, run: () => undo(ids) } });
    else toast({ text: text.restored(formatNumber(data?.restoreVideos?.restoredCount ?? 0, language)) });
  };
  return undo;
}
