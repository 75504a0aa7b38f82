import { Link, useRoute } from "wouter";
import { useTexts } from "../i18n";
import { type Role, useSession } from "../session";
import { texts } from "./texts";

/** The pages, each with the role that it is for; null for everybody. */
const PAGES: readonly (readonly [name: keyof typeof texts.en.pages, href: string, role: Role | null])[] = [
  ["feed", "/", null],
  ["trending", "/trending", null],
  ["studio", "/studio", "USER"],
  ["blocks", "/blocks", "USER"],
  ["moderation", "/moderation", "ADMIN"],
];

/** Links to the pages that this person can use. */
export function Navigation() {
  const text = useTexts(texts);
  const { user } = useSession();
  return (
    <nav className="navigation" aria-label={text.navigation}>
      <ul>
        {PAGES.filter(([, , role]) => role === null || user?.roles.includes(role)).map(([name, href]) => (
          <li key={name}>
            <PageLink href={href}>{text.pages[name]}</PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function PageLink({ href, children }: { href: string; children: string }) {
  const [isHere] = useRoute(href);
  return (
    <Link href={href} aria-current={isHere ? "page" : undefined}>
      {children}
    </Link>
  );
}
