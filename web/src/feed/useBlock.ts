import type { Person } from "@reelgraph/client";
import { BlockUsersDocument, UnblockUsersDocument } from "@reelgraph/client/documents";
import { useMutation } from "urql";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { focusMain, useErrorText, useToast } from "../ui";
import { texts } from "./texts";

/**
 * Blocks an author at once, and offers to take it back. The cache takes their videos out of its lists by itself.
 * @param onUndo Called when they are back.
 */
export function useBlock(onUndo: () => void): (author: Person) => Promise<void> {
  const text = useTexts(texts);
  const toast = useToast();
  const { center } = useSession();
  const errorText = useErrorText();
  const [, blockUsers] = useMutation(BlockUsersDocument);
  const [, unblockUsers] = useMutation(UnblockUsersDocument);

  return async ({ id, handle }) => {
    const undo = async () => {
      const { error } = await unblockUsers({ ids: [id] });
      if (error) return toast({ text: errorText(error) });
      onUndo();
      center.refresh();
    };
    const { error } = await blockUsers({ ids: [id] });
    if (error) return toast({ text: errorText(error) });
    toast({ text: text.blocked(handle), action: { label: text.undo, run: undo } });
    center.refresh(); // Their notifications go too.
    // The card that had the focus is gone.
    focusMain();
  };
}
