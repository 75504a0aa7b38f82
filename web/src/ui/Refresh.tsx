import { useTexts } from "../i18n";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { texts } from "./texts";

interface RefreshProps {
  loading: boolean;
  onRefresh: () => void;
}

/** Has a list begun anew. */
export function Refresh({ loading, onRefresh }: RefreshProps) {
  const text = useTexts(texts);
  return (
    <Button busy={loading} onClick={onRefresh}>
      <Icon name="refresh" />
      {text.refresh}
    </Button>
  );
}
