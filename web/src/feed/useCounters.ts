import type { VideoCard, VideoMetadata } from "@reelgraph/client";
import { type RefObject, useEffect, useMemo } from "react";
import { useReadable, useSession } from "../session";

/** The counters of a video, which move while its element can be seen. */
export function useCounters({ id, metadata }: VideoCard, element: RefObject<Element | null>): VideoMetadata {
  const { videos, visible } = useSession();
  useEffect(() => (element.current ? visible.observe(element.current, id) : undefined), [visible, element, id]);
  const live = useReadable(useMemo(() => videos.watch(id), [videos, id]));
  return live && live.version > metadata.version ? live : metadata;
}
