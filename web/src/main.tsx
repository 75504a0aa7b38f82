import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { App } from "./App";
import { LanguageProvider } from "./i18n";
import { firstSession, readSettings, SessionProvider } from "./session";
import { MessagesProvider } from "./ui";
import { paintTheme } from "./ui/theme";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root.");

paintTheme();
const settings = readSettings();
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <SessionProvider settings={settings} first={firstSession(settings)}>
        <MessagesProvider>
          <Router base="/app">
            <App />
          </Router>
        </MessagesProvider>
      </SessionProvider>
    </LanguageProvider>
  </StrictMode>,
);
