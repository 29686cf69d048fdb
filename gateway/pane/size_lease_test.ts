import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { clampSize, type LeaseViewer, SizeLease } from "./size_lease.ts";

const DESK: LeaseViewer = { readOnly: false, foreground: true, wish: { cols: 140, rows: 50 } };
const PHONE: LeaseViewer = { readOnly: false, foreground: true, wish: { cols: 45, rows: 30 } };

function fresh(): SizeLease {
  return new SizeLease({ cols: 80, rows: 24 });
}

function state(lease: SizeLease): [string | undefined, number, number] {
  return [lease.holder, lease.size.cols, lease.size.rows];
}

Deno.test("[SZ3] the first viewer that may type and is looked at holds the size", () => {
  const lease = fresh();
  lease.join("watcher", { ...DESK, readOnly: true });
  lease.join("sleeper", { ...DESK, foreground: false });
  assertEquals(state(lease), [undefined, 80, 24]);
  lease.join("desk", DESK);
  assertEquals(state(lease), ["desk", 140, 50]);
  lease.join("phone", PHONE);
  assertEquals(state(lease), ["desk", 140, 50]);
});

Deno.test("[SZ3] it moves to a viewer that types or takes it, never to one in the background", () => {
  const lease = fresh();
  lease.join("desk", DESK);
  lease.join("phone", { ...PHONE, foreground: false });
  lease.typed("phone");
  lease.take("phone");
  assertEquals(state(lease), ["desk", 140, 50]);
  lease.setForeground("phone", true);
  assertEquals(state(lease), ["desk", 140, 50]);
  lease.typed("phone");
  assertEquals(state(lease), ["phone", 45, 30]);
  lease.take("desk");
  assertEquals(state(lease), ["desk", 140, 50]);
});

Deno.test("[SZ2] the holder's resize counts, another's is only a wish", () => {
  const lease = fresh();
  lease.join("desk", DESK);
  lease.join("phone", PHONE);
  lease.resize("desk", { cols: 100, rows: 40 });
  lease.resize("phone", { cols: 30, rows: 45 });
  assertEquals(state(lease), ["desk", 100, 40]);
  lease.take("phone");
  assertEquals(state(lease), ["phone", 30, 45]);
});

Deno.test("[SZ3] leaving changes no size, and frees it for the next who acts", () => {
  const lease = fresh();
  lease.join("desk", DESK);
  lease.join("phone", PHONE);
  lease.leave("desk");
  assertEquals(state(lease), [undefined, 140, 50]);
  lease.setForeground("phone", true);
  assertEquals(state(lease), ["phone", 45, 30]);
});

Deno.test("a holder keeps the size in the background, and regains its own when it comes back", () => {
  const lease = fresh();
  lease.join("desk", DESK);
  lease.setForeground("desk", false);
  assertEquals(state(lease), ["desk", 140, 50]);
  lease.join("desk", { ...DESK, wish: { cols: 90, rows: 20 } });
  assertEquals(state(lease), ["desk", 90, 20]);
  lease.join("desk", { ...DESK, readOnly: true });
  assertEquals(state(lease), [undefined, 90, 20]);
});

Deno.test("sizes are clamped to what the wire and tmux take", () => {
  assertEquals(clampSize({ cols: 1, rows: 0 }), { cols: 2, rows: 1 });
  assertEquals(clampSize({ cols: 9999, rows: 9999 }), { cols: 500, rows: 300 });
  assertEquals(clampSize({ cols: NaN, rows: 7.9 }), { cols: 2, rows: 7 });
});

Deno.test("whatever happens, the holder is a viewer that may type", () => {
  const viewer = fc.constantFrom("a", "b", "c");
  const size = fc.record({
    cols: fc.integer({ min: 2, max: 500 }),
    rows: fc.integer({ min: 1, max: 300 }),
  });
  const step = fc.oneof(
    fc.tuple(
      fc.constant("join" as const),
      viewer,
      fc.record({ readOnly: fc.boolean(), foreground: fc.boolean(), wish: size }),
    ),
    fc.tuple(fc.constantFrom("leave" as const, "typed" as const, "take" as const), viewer),
    fc.tuple(fc.constant("resize" as const), viewer, size),
    fc.tuple(fc.constant("foreground" as const), viewer, fc.boolean()),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lease = fresh();
      const known = new Map<string, boolean>();
      for (const step of steps) {
        const before = lease.size;
        switch (step[0]) {
          case "join":
            known.set(step[1], step[2].readOnly);
            lease.join(step[1], step[2]);
            break;
          case "leave":
            known.delete(step[1]);
            lease.leave(step[1]);
            assertEquals(lease.size, before);
            break;
          case "resize":
            lease.resize(step[1], step[2]);
            break;
          case "foreground":
            lease.setForeground(step[1], step[2]);
            break;
          default:
            lease[step[0]](step[1]);
        }
        assert(lease.holder === undefined || known.get(lease.holder) === false);
      }
    }),
  );
});
