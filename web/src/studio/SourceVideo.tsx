import type { VideoCard } from "@reelgraph/client";
import { FeedDocument, TrendingVideosDocument } from "@reelgraph/client/documents";
import { type RefObject, useId, useState } from "react";
import { useQuery } from "urql";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { ErrorNote } from "../ui";
import { texts } from "./texts";

interface SourceVideoProps {
  /** The field that people are led to while none is chosen. */
  ref: RefObject<HTMLElement | null>;
  /** The id of the video; empty while none is chosen. */
  value: string;
  /** Whether people are to be told that they have to choose. */
  missing: boolean;
  onChange: (id: string) => void;
}

/** Stands in the list for a video that is not in it. No id is like it. */
const BY_ID = "by id";

/**
 * Chooses the video that a job works on: one that trends, one of the caller's where it is among the 100 newest of all, or
 * any other by its id.
 */
export function SourceVideo({ ref, value, missing, onChange }: SourceVideoProps) {
  const text = useTexts(texts);
  const id = useId();
  const [unlisted, setUnlisted] = useState(false);
  const { user } = useSession();
  const [newest] = useQuery({ query: FeedDocument, variables: { first: 100 } });
  const [trending] = useQuery({ query: TrendingVideosDocument, variables: { first: 20 } });
  const yours = newest.data?.feed?.nodes.filter(({ owner }) => owner.id === user?.id) ?? [];
  const others = trending.data?.trendingVideos?.nodes.filter(({ owner }) => owner.id !== user?.id) ?? [];
  const byId = unlisted || (value !== "" && ![...yours, ...others].some((video) => video.id === value));
  const required = {
    ref: (field: HTMLElement | null) => {
      ref.current = field;
    },
    required: true,
    "aria-invalid": missing,
    "aria-describedby": missing ? `${id}-missing` : undefined,
  };
  const choose = (chosen: string) => {
    setUnlisted(chosen === BY_ID);
    onChange(chosen === BY_ID ? "" : chosen);
  };
  return (
    <div className="field">
      <label htmlFor={id}>{text.source}</label>
      <select
        {...(byId ? {} : required)}
        id={id}
        className="input"
        value={byId ? BY_ID : value}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">{text.sourceChoose}</option>
        <Videos label={text.yours} videos={yours} />
        <Videos label={text.trending} videos={others} />
        <option value={BY_ID}>{text.sourceById}</option>
      </select>
      {byId && (
        <input
          {...required}
          className="input"
          aria-label={text.sourceId}
          placeholder={text.sourceId}
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value.trim())}
        />
      )}
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
