import "./studio.css";
import type { AIJob } from "@reelgraph/client";
import { MeDocument, MyAIJobsDocument } from "@reelgraph/client/documents";
import { useMemo } from "react";
import { useQuery } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Empty, ErrorNote, Loading, LoadMore, Page, usePages, useToast } from "../ui";
import { JobList } from "./JobList";
import { failureText, jobName } from "./jobs";
import { StartJob } from "./StartJob";
import { texts } from "./texts";
import { useFollowedJobs } from "./useFollowedJobs";
import { useNews } from "./useNews";

/** What still runs is followed however far down the list it stands. */
const RUNNING = { status: ["QUEUED", "PROCESSING"], first: 100 } as const;

/** Starts AI jobs and shows what becomes of them. */
export function StudioPage() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const [me, askMe] = useQuery({ query: MeDocument, requestPolicy: "cache-and-network" });
  const [running, askRunning] = useQuery({
    query: MyAIJobsDocument,
    variables: RUNNING,
    requestPolicy: "cache-and-network",
  });
  const list = usePages(
    MyAIJobsDocument,
    (page) => page,
    ({ myAIJobs }) => myAIJobs,
  );
  const listed = useMemo(
    () => [...(list.nodes ?? []), ...(running.data?.myAIJobs?.nodes ?? [])],
    [list.nodes, running.data],
  );

  const refreshRunning = () => askRunning({ requestPolicy: "network-only" });
  const refreshCredits = () => askMe({ requestPolicy: "network-only" });
  const tellEnd = (job: AIJob) => {
    refreshCredits();
    if (job.status === "COMPLETED") toast({ text: text.completed(jobName(job, text)) });
    if (job.status === "FAILED") toast({ text: text.failed(jobName(job, text), failureText(job, text)) });
  };
  const { jobs, failure, take, retry } = useFollowedJobs(listed, tellEnd);
  useNews(() => {
    list.refresh();
    refreshRunning();
    refreshCredits();
  });
  const credits = me.data ? (me.data.me?.credits ?? 0) : null;
  const changed = (states: readonly AIJob[]) => {
    take(states);
    refreshCredits();
  };

  return (
    <Page
      title={text.title}
      actions={
        credits !== null && <p className="studio-credits">{text.creditsLeft(formatNumber(credits, language))}</p>
      }
    >
      <div className="studio">
        <StartJob credits={credits} onStart={(job) => changed([job])} />
        <section className="stack" aria-labelledby="studio-jobs">
          <h2 id="studio-jobs">{text.jobs}</h2>
          <ErrorNote error={list.error} onRetry={list.retry} />
          <ErrorNote error={running.error} onRetry={refreshRunning} />
          <ErrorNote error={failure} onRetry={retry} />
          {!list.nodes && list.loading && <Loading />}
          {list.nodes && jobs.length === 0 && <Empty>{text.empty}</Empty>}
          {jobs.length > 0 && <JobList jobs={jobs} onChange={changed} />}
          <LoadMore hasMore={list.hasMore} loading={list.loading} onLoadMore={list.loadMore} />
        </section>
      </div>
    </Page>
  );
}
