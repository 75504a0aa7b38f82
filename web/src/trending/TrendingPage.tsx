import "./trending.css";
import { TrendingVideosDocument } from "@reelgraph/client/documents";
import { VideosPage } from "../feed/VideosPage";
import { useTexts } from "../i18n";
import { usePages } from "../ui";
import { RankedVideo } from "./RankedVideo";
import { texts } from "./texts";

/** The most viewed videos, ranked. */
export function TrendingPage() {
  const text = useTexts(texts);
  const pages = usePages(
    TrendingVideosDocument,
    (page) => page,
    ({ trendingVideos }) => trendingVideos,
  );
  return (
    <VideosPage title={text.title} hint={<p className="hint trending-hint">{text.hint}</p>} pages={pages}>
      {(videos, onBlock) => (
        <ol className="trending">
          {videos.map((video, index) => (
            <li key={video.id}>
              <RankedVideo video={video} rank={index + 1} onBlock={onBlock} />
            </li>
          ))}
        </ol>
      )}
    </VideosPage>
  );
}
