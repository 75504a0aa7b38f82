import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { recall, remember } from "../stored";

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

interface LanguageChoice {
  language: Language;
  setLanguage(language: Language): void;
}

const LanguageContext = createContext<LanguageChoice>({ language: "en", setLanguage: () => {} });

/** The language chosen earlier on this device, else the browser's where there are texts in it, else English. */
function firstLanguage(): Language {
  const wanted = [recall("language"), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
  return (
    LANGUAGES.find((language) => language === wanted.find((tag) => LANGUAGES.some((known) => known === tag))) ?? "en"
  );
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, show] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choice = useMemo(() => {
    const setLanguage = (chosen: Language) => {
      show(chosen);
      remember("language", chosen);
    };
    return { language, setLanguage };
  }, [language]);
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  return useContext(LanguageContext);
}

/** The texts of a feature in the language that people chose. */
export function useTexts<T>(texts: Record<Language, T>): T {
  return texts[useLanguage().language];
}
