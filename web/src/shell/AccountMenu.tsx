import { useState } from "react";
import { LANGUAGES, useLanguage, useTexts } from "../i18n";
import { useSession } from "../session";
import { Button, Icon, Popover } from "../ui";
import { THEMES, useTheme } from "../ui/theme";
import { Choice } from "./Choice";
import { SignInDialog } from "./SignInDialog";
import { texts } from "./texts";

/** Who is signed in, and what people choose for themselves: the demo's user, language and theme. */
export function AccountMenu() {
  const text = useTexts(texts);
  const { user, users, switchTo, signOut } = useSession();
  const { language, setLanguage } = useLanguage();
  const [theme, setTheme] = useTheme();
  const [signingIn, setSigningIn] = useState(false);
  const name = user?.name ?? text.nobody;
  return (
    <>
      <Popover
        label={text.menu(name)}
        button={
          <>
            <Icon name="user" />
            <span className="account-name">{name}</span>
          </>
        }
      >
        {(close) => (
          <div className="stack">
            {users.length > 0 && (
              <Choice label={text.user} value={user?.name ?? ""} onChange={switchTo}>
                {users.map((known) => (
                  <option key={known.name}>{known.name}</option>
                ))}
              </Choice>
            )}
            <Choice label={text.language} value={language} onChange={setLanguage}>
              {LANGUAGES.map((tag) => (
                <option key={tag} value={tag} lang={tag}>
                  {text.languages[tag]}
                </option>
              ))}
            </Choice>
            <Choice label={text.theme} value={theme} onChange={setTheme}>
              {THEMES.map((known) => (
                <option key={known} value={known}>
                  {text.themes[known]}
                </option>
              ))}
            </Choice>
            {users.length === 0 && user && <Button onClick={signOut}>{text.signOut}</Button>}
            {users.length === 0 && !user && (
              <Button
                look="primary"
                onClick={() => {
                  close();
                  setSigningIn(true);
                }}
              >
                {text.signIn}
              </Button>
            )}
          </div>
        )}
      </Popover>
      {signingIn && <SignInDialog onClose={() => setSigningIn(false)} />}
    </>
  );
}
