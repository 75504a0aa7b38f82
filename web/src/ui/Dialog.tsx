import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useTexts } from "../i18n";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { texts } from "./texts";

interface DialogProps {
  title: string;
  /** Called by Escape and by the close button; whoever shows the dialog leaves it out from then on. */
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog for as long as it is rendered. The browser keeps the focus inside, and gives it back afterwards. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const text = useTexts(texts);
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Closed before it is taken out of the page: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <Button look="quiet" aria-label={text.close} onClick={onClose}>
          <Icon name="close" />
        </Button>
      </header>
      {children}
    </dialog>
  );
}
