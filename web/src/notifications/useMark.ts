import { useErrorText, useToast } from "../ui";

/** Marks something as read; where that fails, the center has taken it back, and this says why. */
export function useMark(): (mark: () => Promise<unknown>) => void {
  const toast = useToast();
  const errorText = useErrorText();
  return (mark) => {
    mark().catch((error: unknown) => toast({ text: errorText(error) }));
  };
}
