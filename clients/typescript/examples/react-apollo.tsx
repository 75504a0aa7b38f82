import { ApolloClient, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { ApolloProvider, useQuery, useSubscription } from "@apollo/client/react";
import { createClient } from "@reelgraph/client";
import { createApolloLink, typePolicies } from "@reelgraph/client/apollo";
import { FeedDocument, VideosMetadataChangedDocument } from "@reelgraph/client/documents";

const client = createClient({ url: "/graphql", getToken: () => sessionStorage.getItem("token") });
const apollo = new ApolloClient({
  link: createApolloLink(client),
  cache: new InMemoryCache({ typePolicies }),
  incrementalHandler: new Defer20220824Handler(), // for @defer
});

function Feed() {
  const { data, error } = useQuery(FeedDocument);
  const videos = data?.feed?.nodes ?? [];
  const ids = videos.map(({ id }) => id);
  useSubscription(VideosMetadataChangedDocument, { variables: { ids, minIntervalMs: 500 }, skip: ids.length === 0 });
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
  <ApolloProvider client={apollo}>
    <Feed />
  </ApolloProvider>
);
