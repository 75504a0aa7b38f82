import { type ReactNode, useId, useRef, useState } from "react";
import { Button } from "./Button";

interface PopoverProps {
  /** What the button says to screen readers. */
  label: string;
  /** What the button shows. */
  button: ReactNode;
  /** What opens, made when it does; `close` puts it away and gives the focus back to the button. */
  children: (close: () => void) => ReactNode;
}

/** A button with a panel that opens beside it. The browser closes it by Escape and by a click elsewhere. */
export function Popover({ label, button, children }: PopoverProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  return (
    <>
      <Button look="quiet" popoverTarget={id} aria-label={label} aria-expanded={open}>
        {button}
      </Button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="popover"
        // Filled before it shows, and emptied when it is gone and the focus is back at the button.
        onBeforeToggle={({ newState }) => newState === "open" && setOpen(true)}
        onToggle={({ newState }) => setOpen(newState === "open")}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
