import { useEffect, useState } from "preact/hooks";
import * as z from "zod";
import { nextPath } from "../lib/next_path.ts";

const WORDS = {
  used: "This link was used before. A link signs in once.",
  expired: "This link is too old.",
  unknown: "This link is not one of this relay's.",
  unreachable: "The relay cannot be reached. Load the page again to retry.",
  limited: "Too many tries from here. Wait a minute, then load the page again.",
  broken: "Signing in did not work.",
} as const;

type Trouble = keyof typeof WORDS;
type Stage = { at: "reading" | "asking" | "no-token" } | { at: "trouble"; trouble: Trouble };

/** Spends the one-time token of the address's fragment, which no server's log ever sees. */
export default function SignIn({ next }: { next: string | null }) {
  const [stage, setStage] = useState<Stage>({ at: "reading" });
  useEffect(() => {
    const spend = () => {
      const token = location.hash.slice(1);
      if (token === "") return setStage({ at: "no-token" });
      // Out of the address and the history before anything else.
      history.replaceState(null, "", location.pathname + location.search);
      setStage({ at: "asking" });
      signIn(token).then((trouble) => {
        if (trouble === undefined) location.replace(nextPath(next));
        else setStage({ at: "trouble", trouble });
      });
    };
    spend();
    // A link pasted into this tab changes the fragment only.
    addEventListener("hashchange", spend);
    return () => removeEventListener("hashchange", spend);
  }, []);
  switch (stage.at) {
    case "reading":
    case "asking":
      return <p role="status" data-testid="signing-in">Signing you in…</p>;
    case "no-token":
      return <HowTo lead="You need a sign-in link to come in." />;
    case "trouble":
      return (
        <div role="alert" data-testid="sign-in-trouble">
          <HowTo
            lead={WORDS[stage.trouble]}
            newLink={!["unreachable", "limited"].includes(stage.trouble)}
          />
        </div>
      );
    default:
      return stage satisfies never;
  }
}

function HowTo({ lead, newLink = true }: { lead: string; newLink?: boolean }) {
  return (
    <>
      <p class="lead">{lead}</p>
      {newLink && (
        <>
          <p>On the machine where the relay runs, in its folder, type</p>
          <pre tabIndex={0}><code>deno task relay admin sign-in-link</code></pre>
          <p>and open the link that it prints. It works once, for a few minutes.</p>
        </>
      )}
    </>
  );
}

async function signIn(token: string): Promise<Trouble | undefined> {
  try {
    const response = await fetch("/api/sign-in", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        // Signed in already, as when switching accounts: the relay then wants the page's token.
        "x-csrf-token":
          document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "",
      },
      body: JSON.stringify({ token }),
    });
    if (response.ok) return undefined;
    if (response.status === 429) return "limited";
    const answer = z.object({ why: z.enum(["used", "expired", "unknown"]) })
      .safeParse(await response.json());
    return answer.success ? answer.data.why : "broken";
  } catch {
    return "unreachable";
  }
}
