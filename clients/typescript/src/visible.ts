import type { VideoMetadataUpdater } from "./videos.js";

/** What tells an updater which videos can be seen. */
export interface VisibleVideos {
  /**
   * Tracks a video while this element can be seen. Answers what ends that. An element observed once more, for the same
   * video or another one, is observed anew.
   */
  observe(element: Element, videoId: string): () => void;
  /** Ends all of it, and tracks no longer what it had tracked. */
  disconnect(): void;
}

interface Sight {
  readonly videoId: string;
  visible: boolean;
}

/**
 * Tracks the videos whose elements can be seen, by an IntersectionObserver with these options. Several elements of one
 * video count as one: it is tracked while any of them can be seen. Elements taken out of the page cannot be seen. Use one
 * for an updater: of two, each would untrack what the other still sees. For browsers alone.
 */
export function trackVisibleVideos(
  updater: Pick<VideoMetadataUpdater, "trackVideos" | "untrackVideos">,
  options?: IntersectionObserverInit,
): VisibleVideos {
  const sights = new Map<Element, Sight>();
  const visibleElements = new Map<string, number>();

  function show(sight: Sight, visible: boolean): void {
    if (sight.visible === visible) return;
    sight.visible = visible;
    const { videoId } = sight;
    const count = (visibleElements.get(videoId) ?? 0) + (visible ? 1 : -1);
    if (count > 0) visibleElements.set(videoId, count);
    else visibleElements.delete(videoId);
    if (visible && count === 1) updater.trackVideos([videoId]);
    if (count === 0) updater.untrackVideos([videoId]);
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const sight = sights.get(target);
      if (sight) show(sight, isIntersecting);
    }
  }, options);

  function forget(element: Element, sight: Sight): void {
    if (sights.get(element) !== sight) return;
    sights.delete(element);
    observer.unobserve(element);
    show(sight, false);
  }

  return {
    observe(element, videoId) {
      const before = sights.get(element);
      if (before) forget(element, before);
      const sight = { videoId: videoId.toLowerCase(), visible: false };
      sights.set(element, sight);
      observer.observe(element);
      return () => forget(element, sight);
    },
    disconnect() {
      for (const [element, sight] of [...sights]) forget(element, sight);
      observer.disconnect();
    },
  };
}
