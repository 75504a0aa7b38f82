import "./shell.css";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { useTexts } from "../i18n";
import { Bell } from "../notifications/Bell";
import { useReadable, useSession } from "../session";
import { ErrorNote } from "../ui";
import { AccountMenu } from "./AccountMenu";
import { ConnectionStatus } from "./ConnectionStatus";
import { Navigation } from "./Navigation";
import { texts } from "./texts";

/** What stands around each page. */
export function Shell({ children }: { children: ReactNode }) {
  const text = useTexts(texts);
  const { user, failure } = useSession();
  const failed = useReadable(failure);
  const main = useRef<HTMLElement>(null);
  useFocusOnMove(main);
  return (
    <>
      <a className="skip" href="#main">
        {text.skip}
      </a>
      <header className="shell-header">
        <div className="shell-bar">
          <Link className="brand" href="/">
            reelgraph
          </Link>
          <Navigation />
          <ConnectionStatus />
          {user && <Bell />}
          <AccountMenu />
        </div>
      </header>
      <main ref={main} id="main" tabIndex={-1}>
        <ErrorNote error={failed} />
        {children}
      </main>
    </>
  );
}

/** Takes the focus to the new page when people go to one, so that they read on from there. */
function useFocusOnMove(main: { readonly current: HTMLElement | null }) {
  const [location] = useLocation();
  const shown = useRef(location);
  useEffect(() => {
    if (shown.current === location) return;
    shown.current = location;
    window.scrollTo(0, 0);
    main.current?.focus();
  }, [location, main]);
}
