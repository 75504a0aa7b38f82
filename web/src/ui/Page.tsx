import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  /** What stands beside the title, as a button. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page of the app: its heading, and its title in the browser. */
export function Page({ title, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · reelgraph`;
  }, [title]);
  return (
    <>
      <header className="page-header">
        <h1>{title}</h1>
        {actions}
      </header>
      {children}
    </>
  );
}
