import { useTexts } from "../i18n";
import { Button } from "./Button";
import { texts } from "./texts";

interface LoadMoreProps {
  /** Whether more follows; without, there is no button. */
  hasMore: boolean;
  loading: boolean;
  onLoadMore: () => void;
}

/** The end of a list that has more: a button, so that everybody can reach what stands below. */
export function LoadMore({ hasMore, loading, onLoadMore }: LoadMoreProps) {
  const text = useTexts(texts);
  if (!hasMore) return null;
  return (
    <p className="load-more">
      <Button busy={loading} onClick={onLoadMore}>
        {loading ? text.loading : text.loadMore}
      </Button>
    </p>
  );
}
