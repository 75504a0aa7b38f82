import { vi } from "vitest";

/** A page as browsers have it, of which only this is asked. */
class Page extends EventTarget {
  visibilityState: "visible" | "hidden" = "visible";
  readonly listeners = new Set<unknown>();

  override addEventListener(type: string, listener: EventListener): void {
    this.listeners.add(listener);
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.listeners.delete(listener);
    super.removeEventListener(type, listener);
  }

  turn(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

export function openPage(): Page {
  const page = new Page();
  vi.stubGlobal("document", page);
  return page;
}
