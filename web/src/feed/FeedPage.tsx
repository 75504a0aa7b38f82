import "./feed.css";
import { FeedDocument } from "@reelgraph/client/documents";
import { useTexts } from "../i18n";
import { usePages } from "../ui";
import { texts } from "./texts";
import { VideoCard } from "./VideoCard";
import { VideosPage } from "./VideosPage";

/** The newest videos, with counters that move. */
export function FeedPage() {
  const text = useTexts(texts);
  const pages = usePages(
    FeedDocument,
    (page) => page,
    ({ feed }) => feed,
  );
  return (
    <VideosPage title={text.title} pages={pages}>
      {(videos, onBlock) => (
        <ul className="feed">
          {videos.map((video) => (
            <li key={video.id}>
              <VideoCard video={video} onBlock={onBlock} />
            </li>
          ))}
        </ul>
      )}
    </VideosPage>
  );
}
