import type { VideoCard } from "@reelgraph/client";
import { FeedDocument, TrendingVideosDocument } from "@reelgraph/client/documents";
import { type Ref, useId } from "react";
import { useQuery } from "urql";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { ErrorNote } from "../ui";
import { texts } from "./texts";

interface SourceVideoProps {
  ref: Ref<HTMLSelectElement>;
  /** The id of the video; empty while none is chosen. */
  value: string;
  /** Whether people are to be told that they have to choose. */
  missing: boolean;
  onChange: (id: string) => void;
}

/** Chooses the video that a job works on: among the caller's newest, and those that trend. */
export function SourceVideo({ ref, value, missing, onChange }: SourceVideoProps) {
  const text = useTexts(texts);
  const id = useId();
  const { user } = useSession();
  const [newest] = useQuery({ query: FeedDocument, variables: { first: 100 } });
  const [trending] = useQuery({ query: TrendingVideosDocument, variables: { first: 20 } });
  const yours = newest.data?.feed?.nodes.filter(({ owner }) => owner.id === user?.id) ?? [];
  const others = trending.data?.trendingVideos?.nodes.filter(({ owner }) => owner.id !== user?.id) ?? [];
  return (
    <div className="field">
      <label htmlFor={id}>{text.source}</label>
      <select
        ref={ref}
        id={id}
        className="input"
        required
        aria-invalid={missing}
        aria-describedby={missing ? `${id}-missing` : undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{text.sourceChoose}</option>
        <Videos label={text.yours} videos={yours} />
        <Videos label={text.trending} videos={others} />
      </select>
      {missing && (
        <p id={`${id}-missing`} className="field-error">
          {text.sourceMissing}
        </p>
      )}
      <ErrorNote error={newest.error ?? trending.error} />
    </div>
  );
}

function Videos({ label, videos }: { label: string; videos: readonly VideoCard[] }) {
  if (videos.length === 0) return null;
  return (
    <optgroup label={label}>
      {videos.map(({ id, title }) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
    </optgroup>
  );
}
