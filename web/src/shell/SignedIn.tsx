import { type ReactNode, useState } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Button, Empty } from "../ui";
import { SignInDialog } from "./SignInDialog";
import { texts } from "./texts";

/** Shows a page to people who are signed in, and to others how to get there. */
export function SignedIn({ children }: { children: ReactNode }) {
  const text = useTexts(texts);
  const { user } = useSession();
  const [signingIn, setSigningIn] = useState(false);
  if (user) return children;
  return (
    <>
      <Empty>{text.signInFirst}</Empty>
      <p className="centered">
        <Button look="primary" onClick={() => setSigningIn(true)}>
          {text.signIn}
        </Button>
      </p>
      {signingIn && <SignInDialog onClose={() => setSigningIn(false)} />}
    </>
  );
}
