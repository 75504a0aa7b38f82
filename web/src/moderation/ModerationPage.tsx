import "./moderation.css";
import { useState } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Empty, Page, Tabs } from "../ui";
import { Log } from "./Log";
import { Queue } from "./Queue";
import { texts } from "./texts";

/** For moderators: what people have reported, and what was done about it. */
export function ModerationPage() {
  const text = useTexts(texts);
  const { user } = useSession();
  const [tab, setTab] = useState<"queue" | "log">("queue");
  if (!user?.roles.includes("ADMIN")) {
    return (
      <Page title={text.title}>
        <Empty>{text.forbidden}</Empty>
      </Page>
    );
  }
  return (
    <Page title={text.title}>
      <Tabs
        label={text.title}
        tabs={[
          { id: "queue", label: text.queue },
          { id: "log", label: text.log },
        ]}
        selected={tab}
        onSelect={setTab}
      >
        {tab === "queue" ? <Queue /> : <Log />}
      </Tabs>
    </Page>
  );
}
