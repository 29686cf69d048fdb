import { skipWhen } from "../../kit/testing/skip.ts";
import { missingChromium } from "../harness/browser.ts";
import { runCuts } from "./cut_rounds.ts";

Deno.test({
  ...skipWhen("a killed relay costs no key and no byte", missingChromium()),
  async fn() {
    await runCuts("relay killed", {
      cut: ({ site }) => site.relay.kill(),
      restore: ({ site }) => site.relay.startAgain(),
    });
  },
});

Deno.test({
  ...skipWhen("a killed gateway costs no key and no byte", missingChromium()),
  async fn() {
    await runCuts("gateway killed", {
      cut: ({ site }) => site.gateway.kill(),
      restore: ({ site }) => site.gateway.startAgain(),
    });
  },
});

Deno.test({
  ...skipWhen("a cut connection costs no key and no byte", missingChromium()),
  async fn() {
    await runCuts("connection cut", {
      cut({ site }, round) {
        const proxy = round % 2 === 0 ? site.browserProxy : site.gatewayProxy;
        proxy?.cut();
      },
    });
  },
});
