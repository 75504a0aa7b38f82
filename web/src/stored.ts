/** What was remembered on this device; null where it was not, and where the browser keeps nothing. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`reelgraph.${key}`);
  } catch {
    return null;
  }
}

/** Remembers a choice on this device, as far as the browser allows. */
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`reelgraph.${key}`, value);
  } catch {
    // A private window, or a full storage: the choice holds until the page is left.
  }
}
