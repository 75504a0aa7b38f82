import type { ComponentProps } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  /** `primary` for what most people came for, `danger` for what takes something away, `quiet` within lists. */
  look?: "plain" | "primary" | "danger" | "quiet";
  /** Whether what it does is under way: it is disabled until then. */
  busy?: boolean;
}

/** A button. While it is disabled it does nothing, but stays where it is and keeps the focus. */
export function Button({
  look = "plain",
  busy = false,
  disabled = false,
  className = "",
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  const off = busy || disabled;
  return (
    <button
      {...rest}
      type={off ? "button" : type}
      className={`button button-${look} ${className}`}
      aria-disabled={off || undefined}
      onClick={off ? undefined : onClick}
    />
  );
}
