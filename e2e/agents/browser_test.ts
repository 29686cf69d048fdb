import { assert } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { findChromium } from "../../kit/testing/chromium.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { DESKTOP, PHONE, TestBrowser } from "../harness/browser.ts";
import { signIn } from "../harness/journey.ts";
import { percentile } from "../harness/percentile.ts";
import { AgentSite } from "./agent_site.ts";
import { ConversationPage } from "./conversation_page.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS, cliOf } from "./lab.ts";
import { type Deed, DEEDS, Matrix } from "./matrix.ts";

const agents = await installAgents();
const chromium = findChromium();
const missing = agents.missing ?? ("missing" in chromium ? chromium.missing : undefined);
const LIMIT_MS = 60_000;
const AIM_MS = 300;

/** What a person does who has nothing but a browser; the rest is in the matrix. */
const BROWSER_DEEDS = DEEDS.slice(0, DEEDS.indexOf("killed") + 1);
const AGENTS = Object.keys(AGENT_CLIS) as AgentId[];
const matrix = new Matrix(AGENTS, BROWSER_DEEDS);

for (const agent of AGENTS) {
  Deno.test({
    ...skipWhen(`${agent} in the browser, deed by deed`, missing),
    fn: () => run(agent),
  });
}

Deno.test({
  ...skipWhen("four agents and eight deeds, through relay and browser", missing),
  fn() {
    console.log(matrix.table());
    for (const agent of AGENTS) matrix.check(agent);
  },
});

async function run(agent: AgentId): Promise<void> {
  await using site = await AgentSite.open(agents, { hooks: true });
  await using browser = await TestBrowser.launch();
  await using tab = await browser.tab(agent === "claude" ? PHONE : DESKTOP);
  const { page } = tab;
  const talk = await ConversationPage.of(page);
  let session: FollowedSession | undefined;
  const deed = async (name: Deed, act: (talk: ConversationPage) => Promise<void>) => {
    const isDone = await matrix.run(agent, name, async () => {
      try {
        await act(talk);
        await session?.idle();
      } catch (cause) {
        const shown = await page.locator("main, body").first().innerText();
        throw new Error(`${cause}\nThe page:\n${shown}\n${await site.evidence()}`, { cause });
      }
    });
    // What is shown builds on what was shown before.
    if (!isDone) matrix.check(agent);
  };

  await deed("start", async () => {
    await signIn(page, await site.relay.signInLink());
    session = await site.started(agent, async () => {
      await page.getByTestId("start-session").click();
      await page.getByTestId(`agent-${agent}`).click();
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await page.waitForURL("**/s/**");
      return new URL(page.url()).pathname.split("/").at(-1) ?? "";
    });
    await talk.show();
  });
  await sevenMore(agent, site, { deed, session: () => session });

  const seen = await talk.approvalsSeen();
  const asked = new Map(
    session?.heard.flatMap(({ session: { approvals = [] } }) => approvals)
      .map(({ id, askedAtMs }) => [id, askedAtMs]),
  );
  const delays = Object.entries(seen).map(([id, atMs]) =>
    Math.round(atMs - (asked.get(id) ?? NaN))
  );
  console.log(
    `${matrix.row(agent)}\n${agent}: an approval is in the browser p50 ${
      percentile(delays, 50)
    } ms, ` +
      `p99 ${
        percentile(delays, 99)
      } ms after the agent told of it (${delays.length}, aim ${AIM_MS} ms)`,
  );
  if (Deno.env.get("CHATCODE_SCREENSHOTS") === "1") {
    const path = new URL(`../../docs/screenshots/conversation-${agent}.png`, import.meta.url);
    await page.screenshot({ path: path.pathname });
  }
  tab.assertClean();
  matrix.check(agent);
}

/** Some agents say so a moment after they are idle again. */
const DENIED_END = /^(interrupted|final THIRD answer)$/;

interface Stage {
  deed(name: Deed, act: (talk: ConversationPage) => Promise<void>): Promise<void>;
  /** Once it is started. */
  session(): FollowedSession | undefined;
}

async function sevenMore(
  agent: AgentId,
  site: AgentSite,
  { deed, session }: Stage,
): Promise<void> {
  const { model, workspace } = site;
  const halfSaid = (name: string) =>
    waitFor(() => model.isWaiting(name), { what: "half an answer", deadlineMs: LIMIT_MS });
  const made = (name: string) => Deno.stat(`${workspace}/${name}`).then(() => true, () => false);

  await deed("text", async (talk) => {
    const text = "first [[say:FIRST answer]]";
    await talk.send(text);
    await talk.grew(are(`prompt ${text}`, "final FIRST answer"));
  });
  await deed("allowed", async (talk) => {
    const text = "second [[note:I look.]] [[tool:touch allowed]] [[say:SECOND answer]]";
    await talk.send(text);
    await talk.answer("touch allowed", "allow");
    await talk.grew(are(`prompt ${text}`, "progress I look.", "tool ok", "final SECOND answer"));
    assert(await made("allowed"));
  });
  await deed("denied", async (talk) => {
    const text = "third [[tool:touch denied]] [[say:THIRD answer]]";
    await talk.send(text);
    await talk.answer("touch denied", "deny");
    await session()?.turn((turn) => turn.kind === "tool" && turn.state === "failed", "denial");
    await session()?.idle();
    // Most agents stop then, some ask the model what to do instead.
    await talk.grew(([prompt, tool, end = "interrupted", ...more]) =>
      prompt === `prompt ${text}` && tool === "tool failed" && more.length === 0 &&
      DENIED_END.test(end)
    );
    assert(!await made("denied"));
  });
  await deed("interrupt", async (talk) => {
    const text = "fourth [[slow:fourth]] [[say:one two three four]]";
    await talk.send(text);
    await halfSaid("fourth");
    await talk.page.getByTestId("interrupt").click();
    await talk.grew(
      ([prompt, ...rest]) =>
        prompt === `prompt ${text}` && rest.at(-1) === "interrupted" &&
        (rest.length === 1 || /^(progress|final) one two$/.test(rest[0] ?? "")) && rest.length <= 2,
      { late: DENIED_END },
    );
  });
  await deed("error", async (talk) => {
    await talk.send("fifth [[error:400]]");
    await talk.grew(are("prompt fifth [[error:400]]", "error"));
  });
  await deed("clear", async (talk) => {
    await talk.send(cliOf(agent).clear);
    talk.forget();
    const text = "sixth [[say:SIXTH answer]]";
    await talk.send(text);
    await talk.grew(are(`prompt ${text}`, "final SIXTH answer"));
  });
  await deed("killed", async (talk) => {
    const text = "seventh [[note:Before.]] [[tool:touch seventh]] [[slow:seventh]] " +
      "[[say:one two three SEVENTH]]";
    await talk.send(text);
    await talk.answer("touch seventh", "allow");
    await halfSaid("seventh");
    await site.killGateway();
    model.release("seventh");
    const answered = () => model.main(agent, "seventh").every(({ outcome }) => outcome === "done");
    await waitFor(answered, { what: "the answer while nobody follows", deadlineMs: LIMIT_MS });
    await site.startGatewayAgain();
    await talk.grew(
      are(`prompt ${text}`, "progress Before.", "tool ok", "final one two three SEVENTH"),
    );
  });
}

function are(...wanted: readonly string[]) {
  return (lines: readonly string[]) => JSON.stringify(lines) === JSON.stringify(wanted);
}
