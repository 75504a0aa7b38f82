import type { AIJob } from "@reelgraph/client";
import { CancelAIJobsDocument } from "@reelgraph/client/documents";
import { useRef } from "react";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, ErrorNote, SelectAll, useSelection, useToast } from "../ui";
import { JobItem } from "./JobItem";
import { isRunning } from "./jobs";
import { texts } from "./texts";

interface JobListProps {
  jobs: readonly AIJob[];
  /** Told what canceling has made of jobs. */
  onChange: (jobs: readonly AIJob[]) => void;
}

/** Jobs, of which those that have not ended can be canceled: one, or all that are selected. */
export function JobList({ jobs, onChange }: JobListProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const running = jobs.filter(isRunning).map(({ id }) => id);
  const selection = useSelection(running);
  const list = useRef<HTMLUListElement>(null);
  const [{ error, fetching }, cancelJobs] = useMutation(CancelAIJobsDocument);

  const cancel = async (ids: readonly string[]) => {
    const { data } = await cancelJobs({ ids });
    if (!data?.cancelAIJobs) return false;
    const { canceledCount, results } = data.cancelAIJobs;
    onChange(results.flatMap(({ job }) => job ?? []));
    toast({ text: canceledCount > 0 ? text.canceled(formatNumber(canceledCount, language)) : text.canceledNone });
    return true;
  };
  const cancelSelected = async () => {
    // The button can do nothing more, or is gone.
    if (await cancel(selection.selected)) list.current?.focus();
  };

  return (
    <>
      {running.length > 0 && (
        <div className="bar">
          <SelectAll selection={selection} label={text.selectAll} />
          <Button busy={fetching} disabled={selection.selected.length === 0} onClick={cancelSelected}>
            {text.cancelSelected(formatNumber(selection.selected.length, language))}
          </Button>
        </div>
      )}
      <ErrorNote error={error} />
      <ul ref={list} tabIndex={-1} className="jobs" aria-label={text.jobs}>
        {jobs.map((job) => (
          <li key={job.id}>
            <JobItem job={job} selection={selection} onCancel={() => cancel([job.id])} />
          </li>
        ))}
      </ul>
    </>
  );
}
