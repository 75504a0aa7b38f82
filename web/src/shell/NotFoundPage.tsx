import { Link } from "wouter";
import { useTexts } from "../i18n";
import { Page } from "../ui";
import { texts } from "./texts";

export function NotFoundPage() {
  const text = useTexts(texts);
  return (
    <Page title={text.notFound}>
      <Link href="/">{text.toFeed}</Link>
    </Page>
  );
}
