import { useState } from "react";
import { LogFilter } from "./LogFilter";
import { LogLines } from "./LogLines";

/** What moderators did: to all videos, or to one. */
export function Log() {
  const [videoId, setVideoId] = useState<string | null>(null);
  return (
    <div className="stack">
      {/* Both begin anew with another video, however it was chosen. */}
      <LogFilter key={`filter ${videoId}`} videoId={videoId} onFilter={setVideoId} />
      <LogLines key={`lines ${videoId}`} videoId={videoId} onFilter={setVideoId} />
    </div>
  );
}
