import { assertEquals } from "@std/assert";
import { brokenRule } from "./arrows.ts";

const allowed: readonly [string, string][] = [
  ["gateway/uplink.ts", "protocol/mod.ts"],
  ["gateway/uplink.ts", "kit/mod.ts"],
  ["gateway/pane/ring.ts", "gateway/pane/pty.ts"],
  ["gateway/uplink_test.ts", "kit/testing/wait_for.ts"],
  ["gateway/pane/pty_contract.ts", "kit/testing/wait_for.ts"],
  ["gateway/testing/relay.ts", "kit/testing/wait_for.ts"],
  ["protocol/frame_test.ts", "protocol/testdata/v1/hello.json"],
  ["relay/main.ts", "web/mount.ts"],
  ["relay/web_services.ts", "web/services.ts"],
  ["e2e/terminal_test.ts", "gateway/pane/ring.ts"],
  ["bench/main.ts", "e2e/stack.ts"],
  ["tools/start.ts", "kit/log.ts"],
  ["e2e/independent_client_test.ts", "e2e/stack.ts"],
  ["relay/telegram/out/lane_test.ts", "e2e/telegram/bot_api/mod.ts"],
];

const broken: readonly [string, string, string][] = [
  ["protocol/mod.ts", "kit/mod.ts", "protocol does not import kit"],
  ["kit/log.ts", "protocol/mod.ts", "kit does not import protocol"],
  ["gateway/uplink.ts", "relay/router.ts", "gateway does not import relay"],
  ["relay/router.ts", "gateway/uplink.ts", "relay does not import gateway"],
  ["relay/router.ts", "web/main.ts", "relay does not import web"],
  ["relay/main.ts", "web/services.ts", "relay does not import web"],
  ["relay/relay.ts", "web/mount.ts", "relay does not import web"],
  ["relay/web_services.ts", "web/mount.ts", "relay does not import web"],
  ["web/main.ts", "relay/main.ts", "web does not import relay"],
  ["gateway/uplink.ts", "kit/redial.ts", "kit/mod.ts is the only door of kit"],
  ["web/lib/a.ts", "protocol/ids.ts", "protocol/mod.ts is the only door of protocol"],
  ["gateway/a_test.ts", "kit/redial.ts", "kit/mod.ts is the only door of kit"],
  ["gateway/uplink.ts", "kit/testing/wait_for.ts", "only tests import what is made for tests"],
  ["kit/redial.ts", "kit/testing/fake_clock.ts", "only tests import what is made for tests"],
  ["gateway/uplink.ts", "tools/need.ts", "no room imports tools"],
  ["web/a_test.ts", "e2e/stack.ts", "no room imports e2e"],
  ["relay/telegram/a.ts", "e2e/telegram/bot_api/mod.ts", "no room imports e2e"],
  ["relay/telegram/a_test.ts", "e2e/telegram/bot_api/world.ts", "no room imports e2e"],
  ["relay/relay.ts", "bench/main.ts", "no room imports bench"],
  [
    "e2e/independent_client.ts",
    "protocol/mod.ts",
    "the independent client imports nothing of ours",
  ],
  ["e2e/independent_client.ts", "e2e/stack.ts", "the independent client imports nothing of ours"],
  ["attic/a.ts", "kit/mod.ts", '"attic" is no room that check_arrows knows'],
];

for (const [from, to] of allowed) {
  Deno.test(`${from} may import ${to}`, () => assertEquals(brokenRule({ from, to }), undefined));
}

for (const [from, to, rule] of broken) {
  Deno.test(`${from} may not import ${to}`, () => assertEquals(brokenRule({ from, to }), rule));
}
