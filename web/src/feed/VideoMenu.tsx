import type { Person, VideoCard as Video } from "@reelgraph/client";
import { useState } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Button, Icon, Popover } from "../ui";
import { ReportDialog } from "./ReportDialog";
import { texts } from "./texts";

interface VideoMenuProps {
  video: Video;
  onBlock: (author: Person) => void;
}

/** What one can do about a video and its author. */
export function VideoMenu({ video: { id, title, owner }, onBlock }: VideoMenuProps) {
  const text = useTexts(texts);
  const { user } = useSession();
  const [reporting, setReporting] = useState(false);
  return (
    <>
      <Popover label={text.more(title)} button={<Icon name="more" />}>
        {(close) => (
          <div className="menu">
            <Button
              look="quiet"
              onClick={() => {
                close();
                setReporting(true);
              }}
            >
              <Icon name="flag" />
              {text.report}
            </Button>
            {owner.id !== user?.id && (
              <Button
                look="quiet"
                onClick={() => {
                  close();
                  onBlock(owner);
                }}
              >
                <Icon name="block" />
                {text.block(owner.handle)}
              </Button>
            )}
          </div>
        )}
      </Popover>
      {reporting && <ReportDialog id={id} title={title} onClose={() => setReporting(false)} />}
    </>
  );
}
