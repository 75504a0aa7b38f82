import { formatNumber } from "../i18n";

export const texts = {
  en: {
    close: "Close",
    cancel: "Cancel",
    loadMore: "Load more",
    refresh: "Refresh",
    loading: "Loading…",
    tryAgain: "Try again",
    dismiss: "Dismiss",
    reasonMissing: "Give a reason.",
    reasonTooLong: (over: number) =>
      `Too long by ${formatNumber(over, "en")} ${over === 1 ? "character" : "characters"}.`,
    errors: {
      UNAUTHENTICATED: "You are not signed in, or your session has expired. Sign in again.",
      FORBIDDEN: "You may not do this.",
      NOT_FOUND: "This is not there any more.",
      BAD_USER_INPUT: "The server does not accept this. Check what you have entered.",
      RATE_LIMITED: "That was too much at once. Try again in a moment.",
      SERVICE_UNAVAILABLE: "The server is busy or has a problem. Try again in a moment.",
      INTERNAL_SERVER_ERROR: "Something went wrong on the server.",
      NETWORK_ERROR: "The server cannot be reached. Check your connection.",
      other: "Something went wrong.",
    },
    rateLimited: (seconds: number) =>
      `That was too much at once. Try again in ${formatNumber(seconds, "en")} ${seconds === 1 ? "second" : "seconds"}.`,
    requestId: (id: string) => `Request ${id}`,
  },
  ko: {
    close: "닫기",
    cancel: "취소",
    loadMore: "더 보기",
    refresh: "새로 고침",
    loading: "불러오는 중…",
    tryAgain: "다시 시도",
    dismiss: "닫기",
    reasonMissing: "사유를 적어 주세요.",
    reasonTooLong: (over: number) => `${formatNumber(over, "ko")}자 초과했습니다.`,
    errors: {
      UNAUTHENTICATED: "로그인하지 않았거나 로그인이 만료되었습니다. 다시 로그인해 주세요.",
      FORBIDDEN: "이 작업을 할 권한이 없습니다.",
      NOT_FOUND: "더 이상 존재하지 않습니다.",
      BAD_USER_INPUT: "서버가 받아들이지 않는 내용입니다. 입력한 내용을 확인해 주세요.",
      RATE_LIMITED: "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
      SERVICE_UNAVAILABLE: "서버가 바쁘거나 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.",
      INTERNAL_SERVER_ERROR: "서버에서 문제가 발생했습니다.",
      NETWORK_ERROR: "서버에 연결할 수 없습니다. 네트워크 연결을 확인해 주세요.",
      other: "문제가 발생했습니다.",
    },
    rateLimited: (seconds: number) => `요청이 너무 많습니다. ${formatNumber(seconds, "ko")}초 후에 다시 시도해 주세요.`,
    requestId: (id: string) => `요청 번호 ${id}`,
  },
};
