import { useTexts } from "../i18n";
import { texts } from "./texts";

/** Stands where a list will be. */
export function Loading() {
  return <p className="empty">{useTexts(texts).loading}</p>;
}
