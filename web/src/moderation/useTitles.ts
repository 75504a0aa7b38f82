import { VideosDocument } from "@reelgraph/client/documents";
import { useQuery } from "urql";
import { useTexts } from "../i18n";
import { texts } from "./texts";

/** How many ids the server takes in one request. */
const MOST = 100;

/** What videos are called: by their titles; by the beginning of the id where deleted, or beyond the first 100. */
export function useTitles(videoIds: readonly string[]): (videoId: string) => string {
  const text = useTexts(texts);
  const ids = [...new Set(videoIds)].slice(0, MOST);
  const [{ data }] = useQuery({ query: VideosDocument, variables: { ids }, pause: ids.length === 0 });
  const titles = new Map(data?.videos?.flatMap((video) => (video ? [[video.id, video.title]] : [])));
  return (videoId) => titles.get(videoId) ?? text.untitled(videoId.slice(0, 8));
}
