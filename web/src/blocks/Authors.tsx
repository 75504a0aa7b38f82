import { BlockUsersDocument, FeedDocument } from "@reelgraph/client/documents";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useSession } from "../session";
import { usePages, useToast } from "../ui";
import { PeopleSection } from "./PeopleSection";
import { texts } from "./texts";

/** Whose videos stand in the feed, to be blocked. */
export function Authors() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { user, center } = useSession();
  const toast = useToast();
  const [{ error, fetching }, blockUsers] = useMutation(BlockUsersDocument);
  const pages = usePages(
    FeedDocument,
    (page) => page,
    ({ feed }) => feed,
  );
  const owners = pages.nodes && new Map(pages.nodes.map(({ owner }) => [owner.id, owner]));
  const authors = owners && [...owners.values()].filter(({ id }) => id !== user?.id);

  const block = async (ids: readonly string[]) => {
    const { data } = await blockUsers({ ids });
    if (!data?.blockUsers) return false;
    center.refresh(); // Their notifications go too.
    toast({ text: text.blockedNow(formatNumber(data.blockUsers.blockedCount, language)) });
    return true;
  };

  return (
    <PeopleSection
      title={text.authors}
      empty={text.authorsEmpty}
      people={authors}
      pages={pages}
      action={{ label: text.block, named: text.blockNamed, selected: text.blockSelected }}
      busy={fetching}
      error={error}
      onAct={block}
    />
  );
}
