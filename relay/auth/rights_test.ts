import { assertEquals } from "@std/assert";
import { hostId } from "@chatcode/protocol";
import { ACTIONS, lesserRole, may } from "./rights.ts";

const here = hostId.parse("h_here");
const there = hostId.parse("h_there");

Deno.test("a viewer only looks, an operator drives, the owner may do all", () => {
  const allowed = (role: "viewer" | "operator" | "owner") =>
    ACTIONS.filter((action) => may({ role, hosts: "all" }, action, here));
  assertEquals(allowed("viewer"), [
    "host.view",
    "session.list",
    "session.watch",
    "folder.list",
    "usage.read",
    "push.change",
    "telegram.change",
    "browser_session.list",
    "browser_session.revoke",
  ]);
  const operator = ACTIONS.filter((action) => !allowed("viewer").includes(action))
    .filter((action) => allowed("operator").includes(action));
  assertEquals(operator, [
    "session.start",
    "session.drive",
    "session.end",
    "voice.use",
    "file.read",
    "file.write",
  ]);
  assertEquals(allowed("owner"), ACTIONS);
});

Deno.test("a principal with a list of machines reaches no other", () => {
  const principal = { role: "owner", hosts: [here] } as const;
  assertEquals(may(principal, "session.drive", here), true);
  assertEquals(may(principal, "session.drive", there), false);
});

Deno.test("lesserRole() never adds rights", () => {
  assertEquals(lesserRole("owner", "viewer"), "viewer");
  assertEquals(lesserRole("operator", "owner"), "operator");
});
