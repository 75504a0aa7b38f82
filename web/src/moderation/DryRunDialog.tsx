import type { VideoCard } from "@reelgraph/client";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { Button, Dialog } from "../ui";
import { texts } from "./texts";
import type { Deletion } from "./types";

interface DryRunDialogProps {
  videos: readonly VideoCard[];
  /** What the server says of each. */
  results: readonly Deletion[];
  onClose: () => void;
}

/** Tells what deleting would do to each video. */
export function DryRunDialog({ videos, results, onClose }: DryRunDialogProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const count = results.filter(({ status }) => status === "DELETED").length;
  return (
    <Dialog title={text.dryRunTitle} onClose={onClose}>
      <div className="stack">
        <p>{text.dryRunSummary(formatNumber(count, language))}</p>
        <table className="outcomes">
          <thead>
            <tr>
              <th scope="col">{text.video}</th>
              <th scope="col">{text.outcome}</th>
            </tr>
          </thead>
          <tbody>
            {results.map(({ id, status }) => (
              <tr key={id}>
                <th scope="row">{videos.find((video) => video.id === id)?.title ?? id}</th>
                <td>{text.outcomes[status]}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div className="dialog-buttons">
          <Button onClick={onClose}>{text.back}</Button>
        </div>
      </div>
    </Dialog>
  );
}
