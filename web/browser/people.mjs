// People as the pages show them, and how they find their way on a page.
import { sign } from "../../clients/harness.mjs";

export const handleOf = ({ id }) => `p${id.slice(0, 8)}`;

/** The same person as a moderator. */
export const moderator = (person) => ({ ...person, token: sign(person.id, ["ADMIN"]), roles: ["USER", "ADMIN"] });

/** The card of somebody's video. */
export const cardOf = (page, person) => page.getByRole("article").filter({ hasText: `@${handleOf(person)}` });

/** Waits until a counter of a video reads so, as "1 view" for screen readers. */
export const counts = (page, person, words, options) =>
  cardOf(page, person)
    .getByText(words, { exact: true })
    .waitFor({ state: "attached", ...options });

/** Waits until the page says that it is connected so, as "Live". */
export const connected = (page, words, options) =>
  page.getByRole("banner").getByText(words, { exact: true }).waitFor(options);

/** Opens the menu in the page's header. */
export const openAccount = (page) => page.getByRole("button", { name: /^Account and settings/ }).click();

/** Waits until an element has the focus. */
export const focused = (locator) => locator.and(locator.page().locator(":focus")).waitFor();

/** Blocks somebody by the menu of their video. */
export async function blockAuthor(page, author) {
  await cardOf(page, author).getByRole("button", { name: "More on “A boat”" }).click();
  await page.getByRole("button", { name: `Block @${handleOf(author)}` }).click();
  await cardOf(page, author).waitFor({ state: "detached" });
}
