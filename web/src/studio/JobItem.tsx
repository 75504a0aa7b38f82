import type { AIJob } from "@reelgraph/client";
import { useRef } from "react";
import { useTexts } from "../i18n";
import { Age, Button, ProgressBar, Select, type Selection } from "../ui";
import { failureText, isRunning, jobName } from "./jobs";
import { texts } from "./texts";

interface JobItemProps {
  job: AIJob;
  selection: Selection;
  onCancel: () => void;
}

/** A job: how far it is while it runs, and what came of it. */
export function JobItem({ job, selection, onCancel }: JobItemProps) {
  const text = useTexts(texts);
  const name = jobName(job, text);
  const running = isRunning(job);
  const item = useRef<HTMLElement>(null);
  const cancel = () => {
    // The button goes away, the focus stays.
    item.current?.focus();
    onCancel();
  };
  return (
    <article ref={item} tabIndex={-1} className="job" aria-label={name}>
      <header className="job-head">
        {running && <Select selection={selection} id={job.id} label={text.select(name)} />}
        <h3>{text.kinds[job.kind]}</h3>
        <span className={`job-status job-${job.status.toLowerCase()}`}>{text.statuses[job.status]}</span>
        <span className="hint">
          <Age time={job.createdAt} />
        </span>
      </header>
      {job.prompt && <p className="job-prompt">{job.prompt}</p>}
      {running && (
        <div className="job-progress">
          <ProgressBar label={text.progressOf(name)} percent={job.progress} />
          <Button aria-label={text.cancelNamed(name)} onClick={cancel}>
            {text.cancel}
          </Button>
        </div>
      )}
      {job.resultUrl && (
        <p>
          <a href={job.resultUrl} target="_blank" rel="noreferrer" aria-label={text.resultOf(name)}>
            {text.result}
          </a>
        </p>
      )}
      {job.status === "FAILED" && <p className="job-failure">{failureText(job, text)}</p>}
    </article>
  );
}
