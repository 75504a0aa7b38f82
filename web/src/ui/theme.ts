import { useState } from "react";
import { recall, remember } from "../stored";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const remembered = (): Theme => THEMES.find((theme) => theme === recall("theme")) ?? "system";

/** Paints the page as was chosen earlier on this device, else as the system has it. */
export function paintTheme(theme: Theme = remembered()): void {
  document.documentElement.dataset.theme = theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(remembered);
  return [
    theme,
    (next) => {
      setTheme(next);
      remember("theme", next);
      paintTheme(next);
    },
  ];
}
