import { formatNumber } from "../i18n";

export const texts = {
  en: {
    title: "Trending",
    hint: "The most viewed videos. Their order is of when you loaded the list; the counters are of now.",
    rank: (rank: number) => `Rank ${formatNumber(rank, "en")}`,
  },
  ko: {
    title: "인기",
    hint: "가장 많이 본 영상입니다. 순서는 목록을 불러온 때를 기준으로 하고, 숫자는 실시간으로 바뀝니다.",
    rank: (rank: number) => `${formatNumber(rank, "ko")}위`,
  },
};
