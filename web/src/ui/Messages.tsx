import type { Client } from "@reelgraph/client";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Button } from "./Button";
import { useHandOver } from "./focus";
import { Icon } from "./Icon";
import { texts } from "./texts";
import { VisuallyHidden } from "./VisuallyHidden";

export interface Toast {
  text: string;
  /** Something that can be done about it, as taking it back. */
  action?: { label: string; run: () => void };
}

/** A message, and whose session it belongs to. */
type Told<T> = T & { id: number; client: Client };

interface Messages {
  announce(text: string): void;
  toast(toast: Toast): void;
}

const MessagesContext = createContext<Messages>({ announce: () => {}, toast: () => {} });

/** For how long a toast without an action stays. One with an action stays until it is dismissed or pushed out. */
const TOAST_MS = 8_000;

/** How many messages of a kind there are at once: the newest. */
const MOST = 3;

/** The place of the page from which people hear what has happened elsewhere in it. */
export function MessagesProvider({ children }: { children: ReactNode }) {
  const [announced, announce] = useTold<{ text: string }>();
  const [toasts, toast, dismiss] = useTold<Toast>();
  const messages = useMemo(() => ({ announce: (text: string) => announce({ text }), toast }), [announce, toast]);
  return (
    <MessagesContext value={messages}>
      {children}
      <VisuallyHidden role="status" aria-atomic="false">
        {announced.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </VisuallyHidden>
      <div className="toasts" role="status" aria-atomic="false">
        {toasts.map((toast) => (
          <ToastBox key={toast.id} toast={toast} dismiss={dismiss} />
        ))}
      </div>
    </MessagesContext>
  );
}

/** The newest messages of this session. Those of the one before are gone with it, also if they come late. */
function useTold<T>() {
  const { client } = useSession();
  const [all, setAll] = useState<readonly Told<T>[]>([]);
  const count = useRef(0);
  const tell = useCallback(
    (message: T) => {
      const told = { ...message, id: ++count.current, client };
      setAll((before) => [...before, told].slice(-MOST));
    },
    [client],
  );
  const forget = useCallback((id: number) => setAll((before) => before.filter((told) => told.id !== id)), []);
  return [all.filter((told) => told.client === client), tell, forget] as const;
}

interface ToastBoxProps {
  toast: Told<Toast>;
  dismiss: (id: number) => void;
}

function ToastBox({ toast: { id, text: message, action }, dismiss }: ToastBoxProps) {
  const text = useTexts(texts);
  const box = useRef<HTMLDivElement>(null);
  useHandOver(box);
  useEffect(() => {
    if (action) return;
    const timer = setTimeout(() => dismiss(id), TOAST_MS);
    return () => clearTimeout(timer);
  }, [id, action, dismiss]);

  const act = () => {
    dismiss(id);
    action?.run();
  };
  return (
    <div ref={box} className="toast">
      <p>{message}</p>
      {action && <Button onClick={act}>{action.label}</Button>}
      <Button look="quiet" aria-label={text.dismiss} onClick={() => dismiss(id)}>
        <Icon name="close" />
      </Button>
    </div>
  );
}

/** Tells screen readers something that can be seen elsewhere, when they are free. */
export function useAnnounce(): (text: string) => void {
  return useContext(MessagesContext).announce;
}

/** Shows a message at the edge of the page and tells it to screen readers. It goes away with the session. */
export function useToast(): (toast: Toast) => void {
  return useContext(MessagesContext).toast;
}
