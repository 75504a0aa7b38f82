import { BlockUsersDocument, FeedDocument } from "@reelgraph/client/documents";
import { useId } from "react";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useSession } from "../session";
import { Empty, ErrorNote, Loading, LoadMore, usePages, useToast } from "../ui";
import { People } from "./People";
import { texts } from "./texts";

/** Whose videos stand in the feed, to be blocked. */
export function Authors() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { user } = useSession();
  const toast = useToast();
  const titleId = useId();
  const [blocking, blockUsers] = useMutation(BlockUsersDocument);
  const { nodes, hasMore, error, loading, loadMore, retry } = usePages(
    FeedDocument,
    (page) => page,
    ({ feed }) => feed,
  );
  const owners = new Map(nodes?.map(({ owner }) => [owner.id, owner]));
  const authors = [...owners.values()].filter(({ id }) => id !== user?.id);

  const block = async (ids: readonly string[]) => {
    const { data } = await blockUsers({ ids });
    if (!data?.blockUsers) return;
    toast({ text: text.blockedNow(formatNumber(data.blockUsers.blockedCount, language)) });
  };

  return (
    <section className="stack" aria-labelledby={titleId}>
      <h2 id={titleId}>{text.authors}</h2>
      <ErrorNote error={error} onRetry={retry} />
      <ErrorNote error={blocking.error} />
      {!nodes && loading && <Loading />}
      {nodes && authors.length === 0 && !hasMore && <Empty>{text.authorsEmpty}</Empty>}
      {authors.length > 0 && (
        <People
          people={authors}
          action={{
            label: text.block,
            named: text.blockNamed,
            selected: (count) => text.blockSelected(formatNumber(count, language)),
          }}
          busy={blocking.fetching}
          onAct={block}
        />
      )}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </section>
  );
}
