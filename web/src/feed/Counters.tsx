import "./counters.css";
import type { VideoMetadata } from "@reelgraph/client";
import { useState } from "react";
import { formatCompact, useLanguage, useTexts } from "../i18n";
import { Icon, type IconName, VisuallyHidden } from "../ui";
import { texts } from "./texts";

type Count = keyof typeof texts.en.counters;

const ICONS: readonly (readonly [count: Count, icon: IconName])[] = [
  ["viewCount", "eye"],
  ["likeCount", "heart"],
  ["commentCount", "comment"],
  ["remixCount", "remix"],
  ["glitchCount", "glitch"],
];

/** All counters of a video; each lights up for a moment when it moves. */
export function Counters({ metadata }: { metadata: VideoMetadata }) {
  return (
    <ul className="counters">
      {ICONS.map(([count, icon]) => (
        <Counter key={count} count={count} icon={icon} value={metadata[count]} />
      ))}
    </ul>
  );
}

function Counter({ count, icon, value }: { count: Count; icon: IconName; value: number }) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const [first] = useState(value);
  return (
    <li title={text.counters[count](value)}>
      <Icon name={icon} />
      {/* A new element for a new value, so that its animation runs. */}
      <span key={value} className={value === first ? undefined : "moved"} aria-hidden="true">
        {formatCompact(value, language)}
      </span>
      <VisuallyHidden>{text.counters[count](value)}</VisuallyHidden>
    </li>
  );
}
