import type { VideoCard } from "@reelgraph/client";
import { DeleteVideosDocument, DismissReportsDocument } from "@reelgraph/client/documents";
import { type SubmitEvent, useId, useState } from "react";
import { flushSync } from "react-dom";
import { useMutation } from "urql";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, ErrorNote, ReasonField, useReason, useToast } from "../ui";
import { DeleteDialog } from "./DeleteDialog";
import { DryRunDialog } from "./DryRunDialog";
import { texts } from "./texts";
import type { Deletion } from "./types";

interface DecisionProps {
  /** Those selected. */
  videos: readonly VideoCard[];
  /** Called when they have been dealt with, and no dialog is open any more. */
  onDone: () => void;
}

/** What a moderator does about the selected videos: delete them, after a try where wanted, or dismiss the reports. */
export function Decision({ videos, onDone }: DecisionProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const reason = useReason();
  const titleId = useId();
  const [tried, setTried] = useState<readonly Deletion[] | null>(null);
  const [confirming, setConfirming] = useState(false);
  const [trial, tryDeletion] = useMutation(DeleteVideosDocument);
  const [dismissal, dismissReports] = useMutation(DismissReportsDocument);
  const ids = videos.map(({ id }) => id);

  const done = () => {
    // Once the dialog is closed the focus can go elsewhere.
    flushSync(() => setConfirming(false));
    reason.clear();
    onDone();
  };
  const dryRun = async () => {
    const why = reason.demand();
    if (why === null) return;
    const { data } = await tryDeletion({ ids, reason: why, dryRun: true });
    if (data?.deleteVideos) setTried(data.deleteVideos.results);
  };
  const dismiss = async () => {
    const why = reason.demand();
    if (why === null) return;
    const { data } = await dismissReports({ ids, reason: why });
    if (!data?.dismissReports) return;
    toast({ text: text.dismissed(formatNumber(data.dismissReports.dismissedCount, language)) });
    done();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (ids.length > 0 && reason.demand() !== null) setConfirming(true);
  };

  return (
    <>
      <form
        className="decision stack"
        data-idle={ids.length === 0}
        aria-labelledby={titleId}
        noValidate
        onSubmit={submit}
      >
        <h2 id={titleId}>{text.decide}</h2>
        <p>{ids.length > 0 ? text.selected(formatNumber(ids.length, language)) : text.noneSelected}</p>
        <ReasonField reason={reason} label={text.reason} hint={text.reasonHint} suggestions={text.suggestions} />
        <ErrorNote error={trial.error ?? dismissal.error} />
        <div className="decision-buttons">
          <Button busy={trial.fetching} disabled={ids.length === 0} onClick={dryRun}>
            {text.dryRun}
          </Button>
          <Button busy={dismissal.fetching} disabled={ids.length === 0} onClick={dismiss}>
            {text.dismiss}
          </Button>
          <Button type="submit" look="danger" disabled={ids.length === 0}>
            {text.remove}
          </Button>
        </div>
      </form>
      {tried && <DryRunDialog videos={videos} results={tried} onClose={() => setTried(null)} />}
      {confirming && (
        <DeleteDialog
          videos={videos}
          reason={reason.value.trim()}
          onClose={() => setConfirming(false)}
          onDeleted={done}
        />
      )}
    </>
  );
}
