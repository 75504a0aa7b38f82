import type { ComponentProps } from "react";

/** For screen readers alone. */
export function VisuallyHidden(props: ComponentProps<"div">) {
  return <div {...props} className="visually-hidden" />;
}
