import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useTexts } from "../i18n";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { texts } from "./texts";
import { VisuallyHidden } from "./VisuallyHidden";

export interface Toast {
  text: string;
  /** Something that can be done about it, as taking it back. */
  action?: { label: string; run: () => void };
}

interface Messages {
  announce(text: string): void;
  toast(toast: Toast): void;
}

const MessagesContext = createContext<Messages>({ announce: () => {}, toast: () => {} });

/** For how long a toast without an action stays. One with an action stays until it is dismissed or another comes. */
const TOAST_MS = 8_000;

/** The place of the page from which people hear what has happened elsewhere in it. */
export function MessagesProvider({ children }: { children: ReactNode }) {
  const [announced, setAnnounced] = useState({ text: "", count: 0 });
  const [toast, setToast] = useState<Toast | null>(null);
  const announce = useCallback((text: string) => setAnnounced(({ count }) => ({ text, count: count + 1 })), []);
  const messages = useMemo(() => ({ announce, toast: setToast }), [announce]);

  useEffect(() => {
    if (!toast || toast.action) return;
    const timer = setTimeout(() => setToast(null), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  return (
    <MessagesContext value={messages}>
      {children}
      <VisuallyHidden role="status">
        {/* A new element, so that the same text is told again. */}
        <span key={announced.count}>{announced.text}</span>
      </VisuallyHidden>
      <div className="toasts" role="status">
        {toast && <ToastBox toast={toast} onDismiss={() => setToast(null)} />}
      </div>
    </MessagesContext>
  );
}

function ToastBox({ toast: { text: message, action }, onDismiss }: { toast: Toast; onDismiss: () => void }) {
  const text = useTexts(texts);
  const act = () => {
    onDismiss();
    action?.run();
  };
  return (
    <div className="toast">
      <p>{message}</p>
      {action && <Button onClick={act}>{action.label}</Button>}
      <Button look="quiet" aria-label={text.dismiss} onClick={onDismiss}>
        <Icon name="close" />
      </Button>
    </div>
  );
}

/** Tells screen readers something that can be seen elsewhere, when they are free. */
export function useAnnounce(): (text: string) => void {
  return useContext(MessagesContext).announce;
}

/** Shows a message at the edge of the page, in place of the one before, and tells it to screen readers. */
export function useToast(): (toast: Toast) => void {
  return useContext(MessagesContext).toast;
}
