import { createClient, Feed, VideoMetadataUpdater } from "@reelgraph/client";

const client = createClient({ url: "/graphql", getToken: () => sessionStorage.getItem("token") });

export async function showFeed(list: HTMLElement): Promise<() => void> {
  const { feed } = await client.request(Feed, { first: 20 });
  const videos = feed?.nodes ?? [];
  const views = new Map(videos.map(({ id }) => [id, document.createElement("output")]));
  for (const { id, title } of videos) {
    const item = document.createElement("li");
    item.append(`${title}: `, views.get(id) ?? "", " views");
    list.append(item);
  }
  const updater = new VideoMetadataUpdater(client, ({ id, viewCount }) => {
    views.get(id)?.replaceChildren(String(viewCount));
  });
  updater.trackVideos([...views.keys()]);
  return () => updater.dispose();
}
