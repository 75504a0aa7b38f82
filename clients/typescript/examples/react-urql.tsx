import { createClient } from "@reelgraph/client";
import { FeedDocument, VideosMetadataChangedDocument } from "@reelgraph/client/documents";
import { createUrqlClient } from "@reelgraph/client/urql";
import { Provider, useQuery, useSubscription } from "urql";

const client = createClient({ url: "/graphql", getToken: () => sessionStorage.getItem("token") });
const urql = createUrqlClient(client);

function Feed() {
  const [{ data, error }] = useQuery({ query: FeedDocument });
  const videos = data?.feed?.nodes ?? [];
  const ids = videos.map(({ id }) => id);
  useSubscription({
    query: VideosMetadataChangedDocument,
    variables: { ids, minIntervalMs: 500 },
    pause: ids.length === 0,
  });
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <ul>
      {videos.map(({ id, title, metadata }) => (
        <li key={id}>
          {title}: {metadata.viewCount} views
        </li>
      ))}
    </ul>
  );
}

export const App = () => (
  <Provider value={urql}>
    <Feed />
  </Provider>
);
