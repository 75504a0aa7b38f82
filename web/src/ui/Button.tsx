import type { ComponentProps } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  /** `primary` for what most people came for, `danger` for what takes something away, `quiet` within lists. */
  look?: "plain" | "primary" | "danger" | "quiet";
  /** Whether what it does is under way: it stays where it is, with the focus, and does nothing. */
  busy?: boolean;
}

export function Button({
  look = "plain",
  busy = false,
  className = "",
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy ? "button" : type}
      className={`button button-${look} ${className}`}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
    />
  );
}
