import { assertEquals } from "@std/assert";
import {
  ago,
  dateTime,
  deviceName,
  duration,
  fileSize,
  loadInWords,
  milliseconds,
} from "./words.ts";

Deno.test("ago() speaks in the largest unit that fits", () => {
  const now = Date.UTC(2026, 5, 30, 12);
  const minute = 60_000;
  const cases = [
    [-5 * minute, "now"], // a clock that is ahead
    [0, "now"],
    [59 * minute, "59 min ago"],
    [60 * minute, "1 h ago"],
    [26 * 60 * minute, "yesterday"],
    [30 * 24 * 60 * minute, "30 days ago"],
    [31 * 24 * 60 * minute, "2026-05-30"],
  ] as const;
  for (const [age, words] of cases) assertEquals(ago(now - age, now), words);
});

Deno.test("duration() is minutes and seconds", () => {
  assertEquals([0, 7_900, 60_000, 750_000].map(duration), ["0:00", "0:07", "1:00", "12:30"]);
});

Deno.test("fileSize() has at most three digits", () => {
  const sizes = [0, 812, 1_000, 3_500, 12 * 2 ** 20, 999.7 * 2 ** 20, 8 * 2 ** 30];
  assertEquals(sizes.map(fileSize), [
    "0 B",
    "812 B",
    "1.0 KB",
    "3.4 KB",
    "12 MB",
    "1.0 GB",
    "8.0 GB",
  ]);
});

Deno.test("milliseconds() never shows a false zero", () => {
  assertEquals([undefined, 0.3, 1.4, 120].map(milliseconds), ["–", "<1 ms", "1 ms", "120 ms"]);
});

Deno.test("loadInWords() and dateTime() are short", () => {
  const load = {
    average: [0.5, 1, 1] as [number, number, number],
    cores: 8,
    memoryUsedBytes: 3.5 * 2 ** 30,
    memoryTotalBytes: 16 * 2 ** 30,
  };
  assertEquals(loadInWords(load), "0.50 on 8 cores · 3.5 of 16 GB");
  assertEquals(dateTime(Date.UTC(2026, 10, 20, 9, 5)), "2026-11-20 09:05 UTC");
});

Deno.test("deviceName() tells browsers apart that imitate each other", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
  assertEquals(deviceName(chrome), "Chrome on Linux");
  assertEquals(deviceName(`${chrome} Edg/140.0`), "Edge on Linux");
  assertEquals(
    deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"),
    "Safari on iPhone",
  );
  assertEquals(deviceName(""), "Unknown browser");
});
