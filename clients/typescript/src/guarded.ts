import { reportCallbackError } from "./errors.js";

/** Calls back into the application. What that throws is reported, and stops nothing here. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportCallbackError(error);
  }
}
