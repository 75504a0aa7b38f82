import { useEffect, useState } from "react";
import { type AnyVariables, type DocumentInput, useQuery } from "urql";
import { onConnected, useSession } from "../session";
import { failureOf } from "./failure";

/** Which page of a list is asked for. */
interface PageVariables {
  first: number;
  after: string | null;
}

interface PageOf<TNode> {
  readonly nodes: readonly TNode[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const PAGE_SIZE = 20;

/**
 * A list that grows page by page. The cache of urql puts the pages together. What could not be had since the server was
 * out of reach is asked for again when it is back.
 */
export function usePages<TData, TVariables extends AnyVariables, TNode>(
  query: DocumentInput<TData, TVariables>,
  variables: (page: PageVariables) => TVariables,
  pageOf: (data: TData) => PageOf<TNode> | null,
) {
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error, fetching, stale }, ask] = useQuery({
    query,
    variables: variables({ first: PAGE_SIZE, after }),
    requestPolicy: "cache-and-network",
  });
  // A request that fails has no data: what was shown stays.
  const [shown, setShown] = useState<PageOf<TNode> | null>(null);
  const page = (data && pageOf(data)) ?? shown;
  if (page !== shown) setShown(page);

  const { client } = useSession();
  const unreachable = error !== undefined && failureOf(error).code === "NETWORK_ERROR";
  useEffect(() => {
    if (!unreachable) return;
    const again = () => ask({ requestPolicy: "network-only" });
    const unwatch = onConnected(client, again);
    window.addEventListener("online", again);
    return () => {
      unwatch();
      window.removeEventListener("online", again);
    };
  }, [unreachable, client, ask]);

  const retry = () => ask({ requestPolicy: "network-only" });
  const goTo = (cursor: string | null) => (cursor === after ? retry() : setAfter(cursor));
  return {
    /** Null until the first answer. */
    nodes: page?.nodes ?? null,
    hasMore: page?.pageInfo.hasNextPage ?? false,
    error,
    loading: fetching || stale,
    loadMore: () => goTo(page?.pageInfo.endCursor ?? null),
    /** Begins anew with what the server has now. */
    refresh: () => goTo(null),
    /** Asks again for what could not be had. */
    retry,
  };
}
