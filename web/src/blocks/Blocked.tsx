import { BlockedUsersDocument, UnblockUsersDocument } from "@reelgraph/client/documents";
import { useId } from "react";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Empty, ErrorNote, Loading, LoadMore, usePages, useToast } from "../ui";
import { People } from "./People";
import { texts } from "./texts";

/** Whom one has blocked, latest first, to be unblocked. */
export function Blocked() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const titleId = useId();
  const [unblocking, unblockUsers] = useMutation(UnblockUsersDocument);
  const { nodes, hasMore, error, loading, loadMore, retry } = usePages(
    BlockedUsersDocument,
    (page) => page,
    ({ blockedUsers }) => blockedUsers,
  );

  const unblock = async (ids: readonly string[]) => {
    const { data } = await unblockUsers({ ids });
    if (!data?.unblockUsers) return;
    toast({ text: text.unblocked(formatNumber(data.unblockUsers.unblockedCount, language)) });
  };

  return (
    <section className="stack" aria-labelledby={titleId}>
      <h2 id={titleId}>{text.blocked}</h2>
      <ErrorNote error={error} onRetry={retry} />
      <ErrorNote error={unblocking.error} />
      {!nodes && loading && <Loading />}
      {nodes?.length === 0 && !hasMore && <Empty>{text.empty}</Empty>}
      {nodes && nodes.length > 0 && (
        <People
          people={nodes}
          action={{
            label: text.unblock,
            named: text.unblockNamed,
            selected: (count) => text.unblockSelected(formatNumber(count, language)),
          }}
          busy={unblocking.fetching}
          onAct={unblock}
        />
      )}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </section>
  );
}
