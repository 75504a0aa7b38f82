import { type RefObject, useLayoutEffect } from "react";

/**
 * Takes the focus to the content of the page, for where the control that has it goes away: else it would fall to the
 * document, and people would begin at the top again. The page does not scroll.
 */
export function focusMain(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}

/** Gives the focus to the content of the page when an element goes away with it, for whatever reason. */
export function useHandOver(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const leaving = element.current;
    return () => {
      if (leaving?.contains(document.activeElement)) focusMain();
    };
  }, [element]);
}
