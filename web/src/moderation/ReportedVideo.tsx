import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Age, Poster, Select, type Selection } from "../ui";
import { texts } from "./texts";
import type { Reported } from "./types";

/** A video of the queue: how many reported it, and why. */
export function ReportedVideo({ reported, selection }: { reported: Reported; selection: Selection }) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { video, reportCount, reasons, lastReportedAt } = reported;
  return (
    <article className="reported">
      <Select selection={selection} id={video.id} label={text.select(video.title)} />
      <div className="reported-poster">
        <Poster id={video.id} />
      </div>
      <div className="reported-body">
        <h2>{video.title}</h2>
        <p className="hint">
          {text.by(video.owner.handle)} · {text.reports(formatNumber(reportCount, language))} ·{" "}
          <Age time={lastReportedAt} />
        </p>
        <ul className="reasons" aria-label={text.reasonsOf(video.title)}>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </div>
    </article>
  );
}
