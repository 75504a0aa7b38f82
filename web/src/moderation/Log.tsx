import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { LogFilter } from "./LogFilter";
import { LogLines } from "./LogLines";

/** What moderators did: to all videos, or to one. */
export function Log() {
  const [videoId, setVideoId] = useState<string | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const filter = (id: string | null) => {
    flushSync(() => setVideoId(id));
    // What people pressed is gone, and the list is what they asked for.
    list.current?.focus();
  };
  return (
    <div className="stack">
      {/* Both begin anew with another video, however it was chosen. */}
      <LogFilter key={`filter ${videoId}`} videoId={videoId} onFilter={filter} />
      <LogLines key={`lines ${videoId}`} ref={list} videoId={videoId} onFilter={filter} />
    </div>
  );
}
