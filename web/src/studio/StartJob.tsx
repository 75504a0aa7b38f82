import type { AIJob, AIJobKind } from "@reelgraph/client";
import { StartAIJobDocument } from "@reelgraph/client/documents";
import { type SubmitEvent, useId, useRef, useState } from "react";
import { useMutation } from "urql";
import { useLanguage, useTexts } from "../i18n";
import { Button, ErrorNote, useToast } from "../ui";
import { COSTS, costText } from "./jobs";
import { KindChoice } from "./KindChoice";
import { SourceVideo } from "./SourceVideo";
import { texts } from "./texts";

const LONGEST_PROMPT = 10_000;

/** One attempt to start a job. Its key has the server start it once, however often it is sent. */
interface Draft {
  kind: AIJobKind;
  prompt: string;
  sourceVideoId: string;
  idempotencyKey: string;
}

// crypto.randomUUID is missing from pages that come over plain HTTP.
const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
const newDraft = (kind: AIJobKind): Draft => ({ kind, prompt: "", sourceVideoId: "", idempotencyKey: newKey() });

interface StartJobProps {
  /** Credits left; null while that is not known. */
  credits: number | null;
  onStart: (job: AIJob) => void;
}

/** The form that starts a job. */
export function StartJob({ credits, onStart }: StartJobProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const toast = useToast();
  const id = useId();
  const [draft, setDraft] = useState(() => newDraft("GENERATE"));
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [{ error, fetching }, start] = useMutation(StartAIJobDocument);
  const promptInput = useRef<HTMLTextAreaElement>(null);
  const sourceInput = useRef<HTMLElement>(null);

  const cost = COSTS[draft.kind];
  const price = costText(cost, text, language);
  const fromVideo = draft.kind !== "GENERATE";
  const promptMissing = !fromVideo && draft.prompt.trim() === "";
  const sourceMissing = fromVideo && draft.sourceVideoId === "";

  const change = (part: Partial<Draft>) => {
    setRefused(null);
    // What is asked for is another job now, and needs another key.
    setDraft({ ...draft, ...part, idempotencyKey: newKey() });
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (promptMissing) return promptInput.current?.focus();
    if (sourceMissing) return sourceInput.current?.focus();
    const { kind, prompt, sourceVideoId, idempotencyKey } = draft;
    const { data } = await start({
      input: {
        kind,
        idempotencyKey,
        prompt: prompt.trim() || null,
        sourceVideoId: fromVideo ? sourceVideoId : null,
      },
    });
    const job = data?.startAIJob?.job;
    if (!job) return; // Sent once more, it has the same key.
    onStart(job);
    if (job.errorCode === "INSUFFICIENT_CREDITS") {
      setDraft({ ...draft, idempotencyKey: newKey() });
      return setRefused(text.notCharged(price));
    }
    toast({ text: text.started(text.kinds[kind]) });
    setDraft(newDraft(kind));
    setTried(false);
  };

  return (
    <form className="studio-form stack" aria-labelledby={`${id}-title`} noValidate onSubmit={submit}>
      <h2 id={`${id}-title`}>{text.start}</h2>
      <KindChoice chosen={draft.kind} onChoose={(kind) => change({ kind })} />
      {fromVideo && (
        <SourceVideo
          ref={sourceInput}
          value={draft.sourceVideoId}
          missing={tried && sourceMissing}
          onChange={(sourceVideoId) => change({ sourceVideoId })}
        />
      )}
      <div className="field">
        <label htmlFor={`${id}-prompt`}>{fromVideo ? text.promptOptional : text.prompt}</label>
        <textarea
          ref={promptInput}
          id={`${id}-prompt`}
          className="input"
          rows={3}
          maxLength={LONGEST_PROMPT}
          required={!fromVideo}
          aria-invalid={tried && promptMissing}
          aria-describedby={tried && promptMissing ? `${id}-missing` : undefined}
          value={draft.prompt}
          onChange={(event) => change({ prompt: event.target.value })}
        />
        {tried && promptMissing && (
          <p id={`${id}-missing`} className="field-error">
            {text.promptMissing}
          </p>
        )}
      </div>
      {credits !== null && credits < cost && !refused && <p className="studio-poor">{text.tooFewCredits(price)}</p>}
      {refused && (
        <p className="studio-poor" role="alert">
          {refused}
        </p>
      )}
      <ErrorNote error={error} words={{ NOT_FOUND: text.sourceUnknown, BAD_USER_INPUT: text.sourceUnknown }} />
      <div>
        <Button type="submit" look="primary" busy={fetching}>
          {fetching ? text.submitting : `${text.submit} · ${price}`}
        </Button>
      </div>
    </form>
  );
}
