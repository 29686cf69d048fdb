import { assertEquals } from "@std/assert";
import { type HistoryPage, HistoryPages, PAGE_LINES } from "./history_pages.ts";
import { lineText } from "./line_text.ts";

const texts = (page: HistoryPage | undefined) => page?.lines.map(lineText);

/** A host with `lines` of history; `asked` is every request. */
function openHistory(lines: string[], options: { atMost?: number } = {}) {
  const host = { lines, cols: 80 };
  const asked: string[] = [];
  const pages = new HistoryPages((start, count) => {
    asked.push(`${start}+${count}`);
    const atMost = Math.min(count, options.atMost ?? count);
    return Promise.resolve({
      historySize: host.lines.length,
      start,
      cols: host.cols as never,
      lines: host.lines.slice(start, start + atMost),
    });
  });
  return { host, asked, pages };
}

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`);

Deno.test("[HI1] refresh() learns the size with single lines only", async () => {
  const { asked, pages } = openHistory(numbered(1200));
  await pages.refresh();
  assertEquals(pages.size.value, 1200);
  assertEquals(asked, ["0+1", "1199+1"]);
  await pages.refresh();
  assertEquals(asked.length, 3);
});

Deno.test("[HI2] a page is asked for until it is whole, and once for two that want it", async () => {
  const { asked, pages } = openHistory(numbered(1200), { atMost: 200 });
  await pages.refresh();
  asked.length = 0;
  const [one, two] = await Promise.all([pages.load(1), pages.load(1)]);
  assertEquals(one, two);
  assertEquals(texts(one), numbered(PAGE_LINES, 500));
  assertEquals(asked, ["500+500", "700+300", "900+100"]);
  await pages.load(1);
  assertEquals(asked.length, 3);
});

Deno.test("[HI1] the last page grows with the history, by what is new only", async () => {
  const { host, asked, pages } = openHistory(numbered(520));
  await pages.refresh();
  assertEquals((await pages.load(1))?.lines.length, 20);
  host.lines = numbered(530);
  await pages.refresh();
  assertEquals(pages.loaded(1), undefined);
  assertEquals(pages.stale(1)?.lines.length, 20);
  asked.length = 0;
  assertEquals(texts(await pages.load(1)), numbered(30, 500));
  assertEquals(asked, ["520+10"]);
});

Deno.test("[HI2] when the oldest lines go, what was loaded holds no more", async () => {
  const { host, pages } = openHistory(numbered(1000));
  await pages.refresh();
  await pages.load(0);
  host.lines = numbered(1000, 100); // 100 dropped, 100 new: the same size
  await pages.refresh();
  assertEquals([pages.generation.value, pages.stale(0)], [2, undefined]);
  assertEquals((await pages.load(0))?.lines[0], "line 100");
  host.lines = numbered(10);
  await pages.refresh();
  assertEquals([pages.size.value, pages.generation.value], [10, 3]);
});

Deno.test("a new width is a new history", async () => {
  const { host, pages } = openHistory(numbered(10));
  await pages.refresh();
  host.cols = 40;
  await pages.refresh();
  assertEquals([pages.generation.value, pages.cols], [2, 40]);
});

Deno.test("pages kept are bounded; the last used stay", async () => {
  const { asked, pages } = openHistory(numbered(20_000));
  await pages.refresh();
  for (let index = 0; index < 13; index++) {
    await pages.load(index);
    await pages.load(0);
  }
  assertEquals(pages.stale(1), undefined);
  asked.length = 0;
  await pages.load(0);
  assertEquals(asked, []);
});
