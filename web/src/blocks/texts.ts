const en = {
  title: "Blocked users",
  explain: "You see no videos of people you block, and get no notifications that they cause.",
  blocked: "Blocked by you",
  empty: "You have blocked nobody.",
  select: (name: string) => `Select ${name}`,
  selectAll: "Select all",
  unblock: "Unblock",
  unblockNamed: (name: string) => `Unblock ${name}`,
  unblockSelected: (count: string) => `Unblock selected (${count})`,
  unblocked: (count: string) => `Unblocked: ${count}.`,
  authors: "People in your feed",
  authorsEmpty: "The feed shows nobody whom you could block.",
  block: "Block",
  blockNamed: (name: string) => `Block ${name}`,
  blockSelected: (count: string) => `Block selected (${count})`,
  blockedNow: (count: string) => `Blocked: ${count}.`,
};

const ko: typeof en = {
  title: "차단한 사용자",
  explain: "차단한 사용자의 영상과 그 사용자로 인한 알림은 보이지 않습니다.",
  blocked: "내가 차단한 사용자",
  empty: "차단한 사용자가 없습니다.",
  select: (name) => `${name} 선택`,
  selectAll: "모두 선택",
  unblock: "차단 해제",
  unblockNamed: (name) => `${name} 차단 해제`,
  unblockSelected: (count) => `선택한 사용자 차단 해제 (${count})`,
  unblocked: (count) => `차단을 해제한 사용자: ${count}명.`,
  authors: "피드에 나온 사용자",
  authorsEmpty: "피드에 차단할 수 있는 사용자가 없습니다.",
  block: "차단",
  blockNamed: (name) => `${name} 차단`,
  blockSelected: (count) => `선택한 사용자 차단 (${count})`,
  blockedNow: (count) => `차단한 사용자: ${count}명.`,
};

export const texts = { en, ko };
