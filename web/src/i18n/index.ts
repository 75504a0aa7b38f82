export { formatAge, formatCompact, formatNumber, formatTime } from "./format";
export { LANGUAGES, type Language, LanguageProvider, useLanguage, useTexts } from "./language";
