import { useId } from "react";
import { formatNumber, useLanguage } from "../i18n";

interface ProgressBarProps {
  /** What is under way. */
  label: string;
  /** Whole percent, 0 to 100. */
  percent: number;
}

export function ProgressBar({ label, percent }: ProgressBarProps) {
  const { language } = useLanguage();
  const id = useId();
  return (
    <div className="progress">
      <label htmlFor={id}>{label}</label>
      <progress id={id} max={100} value={percent} />
      <span className="progress-percent" aria-hidden="true">
        {formatNumber(percent, language)}%
      </span>
    </div>
  );
}
