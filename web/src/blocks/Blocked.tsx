import { BlockedUsersDocument, UnblockUsersDocument } from "@reelgraph/client/documents";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useSession } from "../session";
import { usePages, useToast } from "../ui";
import { PeopleSection } from "./PeopleSection";
import { texts } from "./texts";

/** Whom one has blocked, latest first, to be unblocked. */
export function Blocked() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const { center } = useSession();
  const [{ error, fetching }, unblockUsers] = useMutation(UnblockUsersDocument);
  const pages = usePages(
    BlockedUsersDocument,
    (page) => page,
    ({ blockedUsers }) => blockedUsers,
  );

  const unblock = async (ids: readonly string[]) => {
    const { data } = await unblockUsers({ ids });
    if (!data?.unblockUsers) return false;
    center.refresh(); // Their notifications are back.
    toast({ text: text.unblocked(formatNumber(data.unblockUsers.unblockedCount, language)) });
    return true;
  };

  return (
    <PeopleSection
      title={text.blocked}
      empty={text.empty}
      people={pages.nodes}
      pages={pages}
      action={{ label: text.unblock, named: text.unblockNamed, selected: text.unblockSelected }}
      busy={fetching}
      error={error}
      onAct={unblock}
    />
  );
}
